import { parseConfig, type QuorumVerifier } from '@menagerie/core/zab'

/** The verifier of a text that is known to be good. */
export function verifierOf(...lines: string[]): QuorumVerifier {
  const parsed = parseConfig(lines.join('\n'))
  if (parsed.problem !== undefined) throw new Error(parsed.problem)
  return parsed.value
}

/** `server.1=host1:2888:3888:participant;2181` for each id. */
export function serverLines(ids: readonly number[], role = 'participant'): string[] {
  return ids.map(id => `server.${id}=host${id}:2888:3888:${role};2181`)
}

/** A majority of voters, with observers if wanted. */
export function majorityOf(
  voters: readonly number[],
  observers: readonly number[] = [],
  version = '0',
): QuorumVerifier {
  return verifierOf(...serverLines(voters), ...serverLines(observers, 'observer'), `version=${version}`)
}
