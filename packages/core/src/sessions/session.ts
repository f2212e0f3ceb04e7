import { highHalf, lowHalf } from '../tree/ephemeral-owner.js'

/** Whoever holds a session's connection at present. */
export interface SessionConnection {
  /** The session has ended, or another connection has taken it over. */
  sessionGone(): void
}

/** One client's session. Outlives its connections, and the server's restarts. */
export class Session {
  /** The id's halves, for transactions and owners. */
  readonly high: number
  readonly low: number
  /** Its close is proposed: nothing more is accepted. */
  closing = false
  connection: SessionConnection | null = null
  /** At a leader: the learner whose client this is; null for a client of its own (trap 10). */
  owner: object | null = null
  /** The expiry bucket that it waits in; kept by the tracker. */
  bucket = 0

  constructor(
    readonly id: bigint,
    public timeoutMs: number,
  ) {
    this.high = highHalf(id)
    this.low = lowHalf(id)
  }

  /** As Apache prints it: 0x and the unsigned id in hex. */
  get name(): string {
    return `0x${BigInt.asUintN(64, this.id).toString(16)}`
  }
}
