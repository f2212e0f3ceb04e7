import { RenewedMap } from '../collections/renewed.js'
import type { Session } from './session.js'

/** What a server knows of a session while it has one role. The next role makes its own: it sees nothing of this one. */
export class Standing {
  /** Its close is proposed: nothing more is accepted. */
  closing = false
  /** At a leader: the learner whose client this is; null for a client of its own, undefined while nobody has claimed it. */
  owner: object | null | undefined = undefined
  /** The tick in which it expires if nothing more is heard of it. */
  dueTick = 0

  constructor(readonly role: SessionRole) {}
}

/**
 * A server's say over sessions from one change of its role to the next. Everything about sessions that holds for a role
 * alone is kept by the object of that role, so that nothing can be left over for a later one: a deposed leader's wish to
 * end a session means nothing to the next leader.
 *
 * This one has no say: it is that of a server that starts, or is between two terms.
 */
export class SessionRole {
  /**
   * Sessions whose createSession is proposed here and not committed. A local one that becomes global is used meanwhile,
   * and its client may go to another server.
   */
  readonly creating = new RenewedMap<bigint, Session>()
  private over = false

  constructor(protected readonly tickTimeMs: number) {}

  /** Whether the server has another role by now. */
  get isOver(): boolean {
    return this.over
  }

  /** The standing of a session in this role. */
  of(session: Session): Standing {
    const { standing } = session
    if (standing?.role === this) return standing
    const fresh = new Standing(this)
    session.standing = fresh
    return fresh
  }

  /** Gives the session its full timeout again, at a monotonic time. */
  touch(session: Session, now: number): void {
    this.of(session).dueTick = this.tickOf(session, now)
  }

  /** The session is tracked no more. */
  leave(_session: Session): void {}

  /** Sessions that were heard of since the last call, where the leader is to be told. */
  takeTouched(): readonly Session[] {
    return []
  }

  end(): void {
    this.over = true
  }

  /** Deadlines are rounded up to the next tick. */
  protected tickOf({ timeoutMs }: Session, now: number): number {
    return Math.floor((now + timeoutMs) / this.tickTimeMs) + 1
  }
}
