import type { Proposal } from '../requests/proposal.js'
import type { Zxid } from '../zxid.js'
import type { ReconfigChange, ReconfigOutcome } from './quorum/index.js'

/**
 * Orders transactions and makes them durable: a log alone in a standalone server, Zab in an ensemble.
 *
 * Promise: what is proposed is delivered in zxid order, each proposal once, and not before it would
 * survive a power cut (here, or on a quorum).
 */
export interface Broadcast {
  /** The zxid for the next proposal. Each one asked for must be proposed or given up by the caller. */
  nextZxid(): Zxid
  /** Takes a proposal; its durability is begun at the end of the turn, together with others. */
  propose(proposal: Proposal): void
  /**
   * Calls back once all that was proposed by now is applied and, in an ensemble, a quorum has confirmed since that
   * this server still leads: a read after that is linearizable. Standalone servers leave it out: a request waits for
   * the writes before it anyhow.
   */
  confirm?(released: () => void): void
  /** What a change of the ensemble comes to, for the transaction of this zxid; a server that is alone has none. */
  reconfigure?(change: ReconfigChange, zxid: Zxid): ReconfigOutcome
}

/** What a broadcast hands back to the server. */
export interface BroadcastHost {
  /** These have become durable, in order; several at once where they shared a sync. */
  deliver(proposals: readonly Proposal[]): void
  /** Reads answered so far: whether there is other work than the proposals shows in its change. */
  readonly readsAnswered: number
  /** Durability is lost: nothing more may be acknowledged. */
  failed(error: Error): void
}
