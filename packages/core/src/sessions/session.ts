import { highHalf, lowHalf } from '../tree/ephemeral-owner.js'

/** Whoever holds a session's connection at present. */
export interface SessionConnection {
  /** The session has ended, or another connection has taken it over. */
  sessionGone(): void
}

/** Global: known to all servers. The others are known to one: see `LocalSessions`. */
export type SessionKind = 'global' | 'local' | 'read-only'

/** One client's session. Outlives its connections, and the server's restarts. */
export class Session {
  /** The id's halves, for transactions and owners. */
  readonly high: number
  readonly low: number
  kind: SessionKind = 'global'
  /** It has been announced that there is this session: one that becomes global is not created again. */
  announced = false
  /** Its close is proposed: nothing more is accepted. */
  closing = false
  connection: SessionConnection | null = null
  /** At a leader: the learner whose client this is; null for a client of its own. */
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
