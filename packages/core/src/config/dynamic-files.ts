/**
 * What a server keeps of the configuration beside its zoo.cfg, as Apache does (QuorumPeer.setQuorumVerifier and
 * setLastSeenQuorumVerifier, QuorumPeerConfig.editStaticConfig). Names and texts only: writing them, each as a whole and
 * durably, is the caller's.
 *
 * Once a configuration is logged, it goes to {@link nextDynamicFile}, with its version. Once it is committed, it goes to
 * {@link dynamicFile}, the zoo.cfg is pointed at that (the first time, it is kept as {@link backupFile}), and the one that
 * was logged is removed.
 */
import { readProperties } from './properties.js'

/** `zoo.cfg.dynamic.100000000`: the committed configuration of this version, without `version=` (`formatDynamicFile`). */
export function dynamicFile(zooCfg: string, version: number): string {
  return `${zooCfg}.dynamic.${version.toString(16)}`
}

/** `zoo.cfg.dynamic.next`: the configuration that is logged but not known to be committed, with `version=`. */
export function nextDynamicFile(zooCfg: string): string {
  return `${zooCfg}.dynamic.next`
}

/** `zoo.cfg.bak`: the zoo.cfg as its owner wrote it, before it was first pointed at a dynamic file. */
export function backupFile(zooCfg: string): string {
  return `${zooCfg}.bak`
}

/** Whether a zoo.cfg leaves the servers to a dynamic file already. */
export function pointsToDynamicFile(text: string): boolean {
  return readProperties(text).entries.some(({ key }) => key === 'dynamicConfigFile')
}

/** Keys that the dynamic file replaces. By their beginnings, as in Apache. */
const REPLACED = ['server.', 'group', 'weight', 'dynamicConfigFile', 'peerType']

/**
 * The text of a zoo.cfg that leaves the servers to a dynamic file. Unlike Apache, it keeps comments and order.
 * @param dropClientPort Whether the dynamic file says where this server takes clients.
 */
export function pointToDynamicFile(text: string, file: string, dropClientPort: boolean): string {
  const dropped = dropClientPort ? [...REPLACED, 'clientPort'] : REPLACED
  const doomed = new Set(
    readProperties(text)
      .entries.filter(({ key }) => dropped.some(start => key.startsWith(start)))
      .map(({ line }) => line),
  )
  const kept: string[] = []
  let dropping = false
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    dropping ||= doomed.has(index + 1)
    if (!dropping) kept.push(line)
    // An entry runs on while its lines end in a backslash that is not itself escaped.
    dropping &&= /(?<!\\)(\\\\)*\\$/.test(line)
  }
  while (kept.at(-1) === '') kept.pop()
  return `${[...kept, `dynamicConfigFile=${file}`].join('\n')}\n`
}
