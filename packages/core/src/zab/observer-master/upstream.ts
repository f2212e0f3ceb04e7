import type { Id } from '../../jute/records.js'
import type { ForwardedRequest } from '../packets/index.js'

/** The way from a follower to its leader, for what observers want of it. */
export interface Upstream {
  /** Passes on a write; it comes back as a committed transaction. */
  request(request: ForwardedRequest, authInfo: readonly Id[] | null): void
  /** Calls back once everything that was committed before the leader took this has been delivered here. */
  passSync(request: ForwardedRequest, released: () => void): void
  /** Asks whether a session lives; a positive answer makes it the client of this follower, or of who is behind it. */
  revalidate(session: bigint, timeoutMs: number, isHeld: boolean, answer: (valid: boolean) => void): void
}
