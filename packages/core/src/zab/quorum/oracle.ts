import type { ServerId } from '../../seams/peer-transport.js'
import type { QuorumVerifier } from './verifier.js'

/**
 * What decides for one of two servers when the other is gone (Apache: QuorumOracleMaj, ZOOKEEPER-3922): a failure
 * detector outside of the ensemble, which must never favour both at one time.
 */
export type Oracle = () => boolean

/** Whether there is a place for an oracle: with more than two voters a majority can do without one of them. */
export function isForOracle({ kind, voters }: Pick<QuorumVerifier, 'kind' | 'voters'>): boolean {
  return kind === 'majority' && voters.size === 2
}

/** One server's oracle, and whether it may speak. */
export class Favour {
  /** Set by whoever leads: whether no other voter is with it. Without a leader the oracle has no say here. */
  alone: (() => boolean) | null = null

  constructor(
    private readonly self: ServerId,
    private readonly oracle: Oracle,
  ) {}

  /** Whether this server's voice is enough, though it is no majority. */
  decides(acks: ReadonlySet<ServerId>, verifier: QuorumVerifier): boolean {
    return isForOracle(verifier) && acks.has(this.self) && this.alone?.() === true && this.oracle()
  }
}
