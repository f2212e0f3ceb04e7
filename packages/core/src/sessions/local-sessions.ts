import type { Observable } from 'rxjs'
import type { Clock } from '../seams/clock.js'
import type { Session, SessionKind } from './session.js'
import { type SessionEvent, SessionTracker } from './session-tracker.js'

/**
 * Sessions that only this server knows (Apache: UpgradeableSessionTracker, LocalSessionTracker): no transaction creates
 * or closes them, no snapshot holds them, and this server alone expires them. Two kinds: where `localSessionsEnabled`
 * is set, every new session until its first ephemeral; and those of clients that are served read-only, whose end is
 * the end of read-only mode.
 */
export class LocalSessions {
  /** Whether new sessions are local (localSessionsEnabled). */
  enabled = false
  /** Whether one that wants an ephemeral becomes global (localSessionsUpgradingEnabled); it is refused otherwise. */
  upgradable = false
  private readonly tracker: SessionTracker

  constructor(
    /** Gives out the ids of all sessions, so that one can become global under the same id. */
    private readonly ids: SessionTracker,
    clock: Clock,
    tickTimeMs: number,
  ) {
    this.tracker = new SessionTracker(clock, tickTimeMs, 0)
  }

  get count(): number {
    return this.tracker.count
  }

  get events$(): Observable<SessionEvent> {
    return this.tracker.events$
  }

  get(id: bigint): Session | undefined {
    return this.tracker.get(id)
  }

  create(timeoutMs: number, kind: Exclude<SessionKind, 'global'>): Session {
    const session = this.ids.allocate(timeoutMs)
    session.kind = kind
    return this.tracker.add(session.id, timeoutMs, session)
  }

  /** Gives the session its full timeout again. */
  touch(session: Session, now?: number): void {
    this.tracker.touch(session, now)
  }

  close(session: Session): void {
    if (this.tracker.remove(session.id) !== undefined) this.tracker.announce('closed', session)
  }

  /** The session is global from now on, and not known here until its createSession is committed. */
  release(session: Session): void {
    this.tracker.release(session.id)
    session.kind = 'global'
  }

  /** Gives every session a full timeout and begins to expire. */
  start(): void {
    this.tracker.start(session => {
      this.tracker.remove(session.id)
      session.connection?.sessionGone()
    })
  }

  stop(): void {
    this.tracker.stop()
  }

  /** Announces nothing more. */
  complete(): void {
    this.tracker.complete()
  }

  /** Ends the sessions that were made in read-only mode. */
  endReadOnly(): void {
    for (const session of [...this.tracker.all()]) if (session.kind === 'read-only') this.close(session)
  }
}

/** The server that gave out a session id. */
export function serverOf(sessionId: bigint): number {
  return Number(BigInt.asUintN(64, sessionId) >> 56n)
}
