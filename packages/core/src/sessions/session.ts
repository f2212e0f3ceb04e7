import { highHalf, lowHalf } from '../tree/ephemeral-owner.js'
import type { Standing } from './session-role.js'

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
  /** It has ended, for good. */
  over = false
  connection: SessionConnection | null = null
  /** What the role that has looked at it last knows of it; see {@link SessionRole.of}. */
  standing: Standing | null = null

  constructor(
    readonly id: bigint,
    public timeoutMs: number,
  ) {
    this.high = highHalf(id)
    this.low = lowHalf(id)
  }

  /** Nothing more is accepted of it: it is over, or its close is proposed. */
  get closing(): boolean {
    return this.over || this.current?.closing === true
  }

  /** At a leader: the learner whose client this is; null for a client of its own. */
  get owner(): object | null {
    return this.current?.owner ?? null
  }

  /** At a leader: whether its client has come, to whichever server, since this role began. */
  get isClaimed(): boolean {
    return this.current?.owner !== undefined
  }

  /** The tick in which it expires if nothing more is heard of it; 0 where that is not known. */
  get dueTick(): number {
    return this.current?.dueTick ?? 0
  }

  /** What an earlier role has left counts for nothing. */
  private get current(): Standing | null {
    const { standing } = this
    return standing === null || standing.role.isOver ? null : standing
  }

  /** As Apache prints it: 0x and the unsigned id in hex. */
  get name(): string {
    return `0x${BigInt.asUintN(64, this.id).toString(16)}`
  }
}
