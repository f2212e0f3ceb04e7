import { RenewedSet } from '../collections/renewed.js'
import type { Cancel, Clock } from '../seams/clock.js'
import type { Session } from './session.js'
import { SessionRole } from './session-role.js'

/**
 * A leader's, or that of a server that is alone: it expires sessions. Those that are due in one tick wait in one bucket,
 * so that a heartbeat costs a division and, once a tick, a move (the paper's section 4.5; Apache's ExpiryQueue). A session
 * therefore lives up to one tick longer than its timeout.
 */
export class LeadingSessions extends SessionRole {
  private readonly buckets = new Map<number, RenewedSet<Session>>()
  private nextTick: number
  private timer: Cancel = () => {}

  /**
   * Gives every session a full timeout and begins to expire.
   *
   * @param expire called once for each session whose time is over, which is closing by then
   */
  constructor(
    private readonly clock: Clock,
    tickTimeMs: number,
    sessions: Iterable<Session>,
    private readonly expire: (session: Session) => void,
  ) {
    super(tickTimeMs)
    const now = clock.monotonic()
    for (const session of sessions) this.touch(session, now)
    this.nextTick = Math.floor(now / tickTimeMs) + 1
    this.arm()
  }

  override touch(session: Session, now: number): void {
    const standing = this.of(session)
    const tick = this.tickOf(session, now)
    // It may also be an earlier one: of a session that has come back with a shorter timeout.
    if (tick === standing.dueTick) return
    this.leave(session)
    standing.dueTick = tick
    let waiting = this.buckets.get(tick)
    if (waiting === undefined) {
      waiting = new RenewedSet()
      this.buckets.set(tick, waiting)
    }
    waiting.add(session)
  }

  override leave(session: Session): void {
    const standing = this.of(session)
    const waiting = this.buckets.get(standing.dueTick)
    if (waiting?.delete(session) && waiting.size === 0) this.buckets.delete(standing.dueTick)
    standing.dueTick = 0
  }

  override end(): void {
    super.end()
    this.timer()
  }

  private arm(): void {
    const dueAt = this.nextTick * this.tickTimeMs
    this.timer = this.clock.schedule(Math.max(dueAt - this.clock.monotonic(), 0), () => {
      const now = this.clock.monotonic()
      if (now - dueAt < this.tickTimeMs) {
        this.expireUntil(now)
        return
      }
      // This process has stood still: heartbeats that arrived meanwhile are read before anybody is expired.
      this.clock.defer(() => {
        if (!this.isOver) this.expireUntil(now)
      })
    })
  }

  private expireUntil(now: number): void {
    for (; this.nextTick * this.tickTimeMs <= now; this.nextTick++) this.expireBucket(this.nextTick)
    if (!this.isOver) this.arm()
  }

  private expireBucket(tick: number): void {
    const due = this.buckets.get(tick)
    if (due === undefined) return
    this.buckets.delete(tick)
    for (const session of due) {
      const standing = this.of(session)
      standing.dueTick = 0
      standing.closing = true
      this.expire(session)
    }
  }
}
