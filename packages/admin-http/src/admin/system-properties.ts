import { EOL } from 'node:os'
import { delimiter, sep } from 'node:path'
import { environmentOf, findKey, type MonitorSource, readProperties } from '@menagerie/core'

/** Apache makes no properties of these (QuorumPeerConfig.parseProperties): they are in the configuration alone. */
const FAMILIES = /^(server|group|weight|autopurge|quorum|metricsProvider|multiAddress)\./
const NAMES: ReadonlySet<string> = new Set(
  (
    'dataDir dataLogDir clientPort clientPortAddress secureClientPort secureClientPortAddress observerMasterPort ' +
    'clientPortListenBacklog tickTime maxClientCnxns minSessionTimeout maxSessionTimeout initLimit syncLimit ' +
    'connectToLearnerMasterLimit electionAlg quorumListenOnAllIPs peerType syncEnabled dynamicConfigFile ' +
    'localSessionsEnabled localSessionsUpgradingEnabled standaloneEnabled reconfigEnabled sslQuorum portUnification ' +
    'sslQuorumReloadCertFiles'
  ).split(' '),
)

/**
 * What a JVM would have as its system properties: what is known of the machine under the names that Java has for it, and
 * as `zookeeper.KEY` the keys of a zoo.cfg that Apache passes on like this. Sorted by name.
 */
export function systemProperties(facts: MonitorSource, configurationText: string): Record<string, string> {
  const machine = environmentOf(facts).filter(([name, value]) => /^(java|os|user)\./.test(name) && value !== '<NA>')
  const configured = readProperties(configurationText).entries.flatMap(({ key, value }) => {
    const found = findKey(key)
    return found === undefined || FAMILIES.test(found.name) || NAMES.has(found.name)
      ? []
      : [[`zookeeper.${found.name}`, value] as const]
  })
  const all = [
    ...machine.filter(([name]) => !name.startsWith('os.memory.')),
    ['file.separator', sep] as const,
    ['line.separator', EOL] as const,
    ['path.separator', delimiter] as const,
    ...configured,
  ]
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}
