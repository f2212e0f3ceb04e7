import type { Identity } from '../seams/authenticator.js'
import type { Session } from '../sessions/session.js'
import type { ProposalOrigin } from './proposal.js'

/** A write on its way to the leader. */
export interface ForwardedWrite {
  readonly opcode: number
  readonly cxid: number
  /** The request's record as the client sent it. The array is the channel's. */
  readonly body: Uint8Array
  readonly session: Session
  readonly identities: readonly Identity[]
  readonly origin: ProposalOrigin
}

/**
 * How a learner puts the requests of its clients to the leader. What it forwards comes back as a committed
 * transaction, in the order in which it was forwarded; when the link to the leader ends, whoever still waits is
 * not told: the server closes the connections of its clients.
 */
export interface LeaderChannel {
  forward(write: ForwardedWrite): void
  /**
   * Asks whether a session lives; a positive answer makes it this server's client.
   * @param isHeld its connection is one from before this term; its client may have gone to another server meanwhile, and
   * then the answer is no
   */
  revalidate(session: bigint, timeoutMs: number, isHeld: boolean, answer: (valid: boolean) => void): void
  /** Calls back once everything that was committed before the leader took this has been applied here. */
  sync(session: Session, cxid: number, body: Uint8Array, released: () => void): void
}
