import { type Observable, Subject } from 'rxjs'
import type { Cancel, Clock } from '../seams/clock.js'
import { Session } from './session.js'

/** Attached: a client came back to its session, here or at another server. */
export type SessionEventKind = 'created' | 'attached' | 'expired' | 'closed'

/** What happened to a session; announced once it has happened. */
export interface SessionEvent {
  readonly kind: SessionEventKind
  readonly id: bigint
  readonly timeoutMs: number
}

/**
 * All sessions and when they expire. Deadlines are rounded up to the next tick and sessions wait in one
 * bucket for each tick, so that a heartbeat costs a division and, once a tick, a move (the paper's
 * section 4.5; Apache's ExpiryQueue). A session therefore lives up to one tick longer than its timeout.
 */
export class SessionTracker {
  private readonly sessions = new Map<bigint, Session>()
  private readonly buckets = new Map<number, Set<Session>>()
  private nextId: bigint
  private timer: Cancel | null = null
  /** At a learner: sessions that were heard of since the leader was told last. */
  private touched: Set<Session> | null = null
  private nextBucket = 0
  private readonly events = new Subject<SessionEvent>()
  /** The life of sessions, as it is committed. */
  readonly events$: Observable<SessionEvent> = this.events.asObservable()

  constructor(
    private readonly clock: Clock,
    private readonly tickTimeMs: number,
    serverId: number,
  ) {
    this.nextId = firstSessionId(serverId, clock.wallTime())
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

  /** A new id; the session exists once its createSession is committed. */
  allocate(timeoutMs: number): Session {
    while (this.sessions.has(this.nextId) || this.nextId === CONTAINER_OWNER || this.nextId === 0n) this.nextId++
    const session = new Session(this.nextId, timeoutMs)
    this.nextId = BigInt.asIntN(64, this.nextId + 1n)
    return session
  }

  /** Starts to track; a session that is tracked already keeps its object and takes the timeout. */
  add(id: bigint, timeoutMs: number, allocated?: Session): Session {
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
    const session = this.sessions.get(id)
    if (session === undefined) return undefined
    this.sessions.delete(id)
    this.leaveBucket(session)
    session.closing = true
    return session
  }

  announce(kind: SessionEventKind, session: Session): void {
    this.events.next({ kind, id: session.id, timeoutMs: session.timeoutMs })
  }

  /** Gives the session its full timeout again. */
  touch(session: Session, now = this.clock.monotonic()): void {
    if (session.closing) return
    this.touched?.add(session)
    const bucket = Math.floor((now + session.timeoutMs) / this.tickTimeMs) + 1
    // It may also be an earlier one: of a session that has come back with a shorter timeout.
    if (bucket === session.bucket) return
    this.leaveBucket(session)
    session.bucket = bucket
    const waiting = this.buckets.get(bucket)
    if (waiting === undefined) this.buckets.set(bucket, new Set([session]))
    else waiting.add(session)
  }

  private leaveBucket(session: Session): void {
    const waiting = this.buckets.get(session.bucket)
    if (waiting?.delete(session) && waiting.size === 0) this.buckets.delete(session.bucket)
    session.bucket = 0
  }

  /**
   * Leaves expiry to the leader, and collects instead whom to tell it of ({@link takeTouched}). Sessions whose end this
   * server has proposed as a leader, in a term that was over before it was committed, live on.
   */
  follow(): void {
    this.stop()
    this.touched = new Set()
    for (const session of this.sessions.values()) session.closing = false
  }

  /** Sessions that were heard of since the last call, at a learner (Apache's touch table). */
  takeTouched(): readonly Session[] {
    const touched = [...(this.touched ?? [])]
    this.touched?.clear()
    return touched
  }

  /** Goes over to the sessions of another history: those that are in both keep their objects. */
  replaceAll(sessions: ReadonlyMap<bigint, number>): void {
    for (const session of [...this.sessions.values()]) if (!sessions.has(session.id)) this.remove(session.id)
    for (const [id, timeoutMs] of sessions) this.add(id, timeoutMs)
  }

  /** Gives every session a full timeout and begins to expire: after a start or an election. */
  start(expire: (session: Session) => void): void {
    this.stop()
    this.touched = null
    const now = this.clock.monotonic()
    for (const session of this.sessions.values()) {
      this.leaveBucket(session)
      session.closing = false
      session.owner = null
      this.touch(session, now)
    }
    this.nextBucket = Math.floor(now / this.tickTimeMs) + 1
    this.arm(expire)
  }

  stop(): void {
    this.timer?.()
    this.timer = null
  }

  private arm(expire: (session: Session) => void): void {
    const dueAt = this.nextBucket * this.tickTimeMs
    this.timer = this.clock.schedule(Math.max(dueAt - this.clock.monotonic(), 0), () => {
      const now = this.clock.monotonic()
      if (now - dueAt < this.tickTimeMs) {
        this.expireUntil(now, expire)
        return
      }
      // This process has stood still: heartbeats that arrived meanwhile are read before anybody is expired.
      let stopped = false
      this.timer = () => {
        stopped = true
      }
      this.clock.defer(() => {
        if (!stopped) this.expireUntil(now, expire)
      })
    })
  }

  private expireUntil(now: number, expire: (session: Session) => void): void {
    for (; this.nextBucket * this.tickTimeMs <= now; this.nextBucket++) this.expireBucket(this.nextBucket, expire)
    this.arm(expire)
  }

  private expireBucket(bucket: number, expire: (session: Session) => void): void {
    const due = this.buckets.get(bucket)
    if (due === undefined) return
    this.buckets.delete(bucket)
    for (const session of due) {
      session.bucket = 0
      session.closing = true
      this.announce('expired', session)
      expire(session)
    }
  }
}

/** The owner of containers: never a session's id (ZOOKEEPER-2901). */
const CONTAINER_OWNER = -(2n ** 63n)

/** Server id in the top byte, 40 bits of the clock, 16 bits to count in. */
function firstSessionId(serverId: number, wallTimeMs: number): bigint {
  return BigInt.asIntN(64, (BigInt(serverId) << 56n) | ((BigInt(Math.floor(wallTimeMs)) << 16n) & ((1n << 56n) - 1n)))
}
