import type { ServerId } from '../../seams/peer-transport.js'
import type { Notification, Vote } from '../packets/notification.js'
import type { QuorumVerifier } from '../quorum/verifier.js'

/** What the driver of an {@link Election} carries out, in order. */
export type ElectionEffect =
  | { readonly type: 'send'; readonly to: ServerId; readonly notification: Notification }
  /** Call `timeout` after this time. Replaces an earlier timer. */
  | { readonly type: 'timer'; readonly delayMs: number }
  | { readonly type: 'cancelTimer' }
  /** A peer has told of a newer configuration. The election goes by it already; the server keeps and writes it. */
  | { readonly type: 'config'; readonly verifier: QuorumVerifier }
  /** Something for the log, which changes nothing. */
  | { readonly type: 'warning'; readonly message: string }
  /** The round is over: this server leads if `vote.leader` is its id, and otherwise follows or observes that leader. */
  | { readonly type: 'elected'; readonly vote: Vote }
