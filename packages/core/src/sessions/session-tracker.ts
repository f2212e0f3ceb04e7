import { type Observable, Subject } from 'rxjs'
import { RenewedMap } from '../collections/renewed.js'
import type { Clock } from '../seams/clock.js'
import { FollowingSessions } from './following-sessions.js'
import { LeadingSessions } from './leading-sessions.js'
import { Session } from './session.js'
import { SessionRole } from './session-role.js'

/** Attached: a client came back to its session, here or at another server. */
export type SessionEventKind = 'created' | 'attached' | 'expired' | 'closed'

/** What happened to a session; announced once it has happened. */
export interface SessionEvent {
  readonly kind: SessionEventKind
  readonly id: bigint
  readonly timeoutMs: number
}

/**
 * All sessions that there are, and what the server's present role makes of them: expiry is a leader's (or that of a server
 * that is alone), and learners tell the leader of whom they have heard. What belongs to a role ends with it: see
 * {@link SessionRole}.
 */
export class SessionTracker {
  private readonly sessions = new RenewedMap<bigint, Session>()
  private nextId: bigint
  private role: SessionRole
  private readonly events = new Subject<SessionEvent>()
  /** The life of sessions, as it is committed. */
  readonly events$: Observable<SessionEvent> = this.events.asObservable()

  constructor(
    private readonly clock: Clock,
    private readonly tickTimeMs: number,
    serverId: number,
  ) {
    this.nextId = firstSessionId(serverId, clock.wallTime())
    this.role = new SessionRole(tickTimeMs)
  }

  get count(): number {
    return this.sessions.size
  }

  all(): Iterable<Session> {
    return this.sessions.values()
  }

  get(id: bigint): Session | undefined {
    return this.sessions.get(id)
  }

  /** One that is tracked, or whose createSession is proposed here and not committed yet. */
  find(id: bigint): Session | undefined {
    return this.sessions.get(id) ?? this.role.creating.get(id)
  }

  /** A new id; the session exists once its createSession is committed. */
  allocate(timeoutMs: number): Session {
    while (this.sessions.has(this.nextId) || this.nextId === CONTAINER_OWNER || this.nextId === 0n) this.nextId++
    const session = new Session(this.nextId, timeoutMs)
    this.nextId = BigInt.asIntN(64, this.nextId + 1n)
    return session
  }

  /** Starts to track; a session that is tracked already keeps its object and takes the timeout. */
  add(id: bigint, timeoutMs: number, allocated?: Session): Session {
    this.role.creating.delete(id)
    const known = this.sessions.get(id)
    if (known !== undefined) {
      known.timeoutMs = timeoutMs
      return known
    }
    const session = allocated ?? new Session(id, timeoutMs)
    this.sessions.set(id, session)
    this.touch(session)
    if (!session.announced) this.announce('created', session)
    session.announced = true
    return session
  }

  /** The session is over, by a close or by its expiry. */
  remove(id: bigint): Session | undefined {
    const session = this.release(id)
    if (session !== undefined) session.over = true
    return session
  }

  /** Tracks a session no more, which goes on elsewhere. */
  release(id: bigint): Session | undefined {
    const session = this.sessions.get(id)
    if (session === undefined) return undefined
    this.sessions.delete(id)
    this.role.leave(session)
    return session
  }

  announce(kind: SessionEventKind, session: Session): void {
    this.events.next({ kind, id: session.id, timeoutMs: session.timeoutMs })
  }

  /** Gives the session its full timeout again. */
  touch(session: Session, now = this.clock.monotonic()): void {
    if (!session.closing) this.role.touch(session, now)
  }

  /** Its createSession is proposed. */
  creates(session: Session): void {
    this.role.creating.set(session.id, session)
  }

  /** Its close is proposed: nothing more is accepted, as long as this role lasts. */
  closes(session: Session): void {
    this.role.of(session).closing = true
  }

  /** Its client is that of a learner from now on, or of this server itself (null), as long as this role lasts. */
  own(session: Session, owner: object | null): void {
    this.role.of(session).owner = owner
  }

  /** Sessions that were heard of since the last call, at a learner (Apache's touch table). */
  takeTouched(): readonly Session[] {
    return this.role.takeTouched()
  }

  /** Goes over to the sessions of another history: those that are in both keep their objects. */
  replaceAll(sessions: ReadonlyMap<bigint, number>): void {
    for (const session of [...this.sessions.values()]) if (!sessions.has(session.id)) this.remove(session.id)
    for (const [id, timeoutMs] of sessions) this.add(id, timeoutMs)
  }

  /** Gives every session a full timeout and begins to expire: at a start, or as a leader. */
  start(expire: (session: Session) => void): void {
    this.role.end()
    this.role = new LeadingSessions(this.clock, this.tickTimeMs, this.sessions.values(), session => {
      this.announce('expired', session)
      expire(session)
    })
  }

  /** Leaves expiry to the leader, and collects instead whom to tell it of ({@link takeTouched}). */
  follow(): void {
    this.role.end()
    this.role = new FollowingSessions(this.tickTimeMs)
  }

  /** Announces nothing more. */
  complete(): void {
    this.events.complete()
  }

  /** Has no say any more, until the next role begins. */
  stop(): void {
    this.role.end()
    this.role = new SessionRole(this.tickTimeMs)
  }
}

/** The owner of containers: never a session's id (ZOOKEEPER-2901). */
const CONTAINER_OWNER = -(2n ** 63n)

/** Server id in the top byte, 40 bits of the clock, 16 bits to count in. */
function firstSessionId(serverId: number, wallTimeMs: number): bigint {
  return BigInt.asIntN(64, (BigInt(serverId) << 56n) | ((BigInt(Math.floor(wallTimeMs)) << 16n) & ((1n << 56n) - 1n)))
}
