import type { Identity } from '../../seams/authenticator.js'
import type { Zxid } from '../../zxid.js'
import type { Broadcast } from '../broadcast.js'
import type { History, Logged } from '../history.js'
import type { ForwardedRequest, Revalidation } from '../packets/index.js'

/** A snapshot on its way to a learner: the tree as it is when this is made, in Apache's serialisation. */
export interface OutgoingSnapshot {
  readonly zxid: Zxid
  readonly body: AsyncIterable<Uint8Array>
}

/** What a leader asks of the server that it leads with. */
export interface LeaderHost {
  readonly history: History
  /** How many znodes the tree has. */
  readonly znodeCount: number
  /** Applies what has been committed, and answers who waits for it. */
  deliver(committed: readonly Logged[]): void
  /**
   * Applies what a quorum has yet to have, and tells nobody: no transaction is announced, no watch fires. For a leader
   * that is not established and sends its tree to a learner.
   */
  applyUnannounced(history: readonly Logged[]): void
  /** A quorum has this leader's history: it serves clients and takes proposals from now on. */
  lead(leader: Broadcast): void
  /** Nothing more is to be proposed: the leader hands over. */
  retire(): void
  /** A request of a learner's client; `learner` stands for the learner. */
  request(request: ForwardedRequest, identities: readonly Identity[], learner: object): void
  /** A learner has heard of these sessions. */
  touch(session: bigint, timeoutMs: number): void
  /** Whether a session lives, and its client may be `learner`'s; if so, it is from now on. */
  revalidate(asked: Revalidation, learner: object): boolean
  /** A snapshot of the tree as it is now; it has to be read or returned. */
  snapshot(): OutgoingSnapshot
}
