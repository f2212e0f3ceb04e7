/** conf: the configuration in effect. dirs: how much the data takes on disk. */
import type { EnsembleFacts, MonitorSource } from '../monitor-source.js'
import { lines, NOT_SERVING } from './format.js'

export async function conf(source: MonitorSource): Promise<string> {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const { config } = source
  const bytes = await source.storageBytes()
  const text = lines([
    `clientPort=${config.clientPort}`,
    `secureClientPort=${config.secureClientPort}`,
    `dataDir=${config.dataDir}`,
    `dataDirSize=${bytes.dataDir}`,
    `dataLogDir=${config.dataLogDir}`,
    `dataLogSize=${bytes.dataLogDir}`,
    `tickTime=${config.tickTimeMs}`,
    `maxClientCnxns=${config.maxClientCnxns}`,
    `minSessionTimeout=${config.minSessionTimeoutMs}`,
    `maxSessionTimeout=${config.maxSessionTimeoutMs}`,
    `clientPortListenBacklog=${config.clientPortListenBacklog}`,
    `serverId=${config.serverId}`,
    ...ensembleLines(source.ensemble),
  ])
  // A list of servers ends as a configuration does: without a newline.
  return source.ensemble === undefined ? text : text.slice(0, -1)
}

function ensembleLines(ensemble: EnsembleFacts | undefined): string[] {
  if (ensemble === undefined) return []
  return [
    `initLimit=${ensemble.initLimit}`,
    `syncLimit=${ensemble.syncLimit}`,
    // Fast leader election over TCP, the only one that is left.
    'electionAlg=3',
    `electionPort=${ensemble.electionPort}`,
    `quorumPort=${ensemble.quorumPort}`,
    `peerType=${ensemble.isObserver ? 1 : 0}`,
    'membership: ',
    ensemble.membership,
  ]
}

export async function dirs(source: MonitorSource): Promise<string> {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const bytes = await source.storageBytes()
  return lines([`datadir_size: ${bytes.dataDir}`, `logdir_size: ${bytes.dataLogDir}`])
}
