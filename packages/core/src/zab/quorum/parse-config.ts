import type { Parsed } from '../../config/ensemble.js'
import { parseEnsemble } from '../../config/members.js'
import { type QuorumVerifier, quorumVerifier } from './verifier.js'

/**
 * Reads what `formatConfig` or `formatDynamicFile` has written, or a person; without a version it is 0. Several
 * addresses for one server are taken whether or not multiAddress.enabled is set here.
 */
export function parseConfig(text: string): Parsed<QuorumVerifier> {
  const read = parseEnsemble(text)
  return read.problem === undefined ? { value: quorumVerifier(read.value) } : { problem: read.problem }
}
