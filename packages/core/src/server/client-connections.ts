import type { Connection } from '../requests/connection.js'
import type { Outgoing } from '../requests/outgoing.js'
import type { ProgressCount } from '../requests/reply-queue.js'
import type { Cancel, Clock } from '../seams/clock.js'

/** How long clients are kept waiting between two terms. */
const HOLD_MS = 1000

/**
 * The connections of one server's clients: what they have to send at the end of a turn, how much they have in progress
 * together, and their wait from one term to the next.
 */
export class ClientConnections implements ProgressCount, Iterable<Connection> {
  /** Requests taken from clients and not yet answered, but for those that wait until their client reads. */
  inProgress = 0
  private readonly all = new Set<Connection>()
  private readonly unsent = new Set<Outgoing>()
  private readonly throttled = new Set<Connection>()
  private holdUntil = 0
  private cancelHold: Cancel = () => {}

  /** @param inProgressMax above it, clients with requests in progress are read from no further (globalOutstandingLimit) */
  constructor(
    private readonly clock: Clock,
    private readonly inProgressMax: number,
  ) {}

  get size(): number {
    return this.all.size
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.all.values()
  }

  add(connection: Connection): void {
    this.all.add(connection)
  }

  forget(connection: Connection): void {
    this.all.delete(connection)
    this.unsent.delete(connection.outgoing)
    this.throttled.delete(connection)
  }

  // --- turns

  /** A connection has something to send when the turn ends. */
  willSend(outgoing: Outgoing): void {
    this.unsent.add(outgoing)
  }

  /** Sends what gathered, and lets clients go on that had been told to wait. */
  endOfTurn(): void {
    for (const outgoing of this.unsent) outgoing.flush()
    this.unsent.clear()
    if (this.throttled.size === 0 || this.inProgress > this.inProgressMax) return
    for (const connection of this.throttled) connection.unthrottle()
    this.throttled.clear()
  }

  /**
   * Whether a connection with requests in progress has to wait until others have been served. It is told by
   * {@link Connection.unthrottle}.
   */
  throttle(connection: Connection): boolean {
    if (this.inProgress <= this.inProgressMax) return false
    this.throttled.add(connection)
    return true
  }

  // --- between terms

  /**
   * Whether clients may wait for the next term: elections are over in a moment mostly, and a client that stays saves
   * itself the search for another server. One that takes longer is better looked for elsewhere.
   */
  get areHeld(): boolean {
    return this.clock.monotonic() < this.holdUntil
  }

  /** A term is over: whoever waits for nothing may wait for the next one. */
  hold(): void {
    this.holdUntil = this.clock.monotonic() + HOLD_MS
    for (const connection of [...this.all]) connection.hold()
    this.cancelHold = this.clock.schedule(HOLD_MS, () => this.dropHeld())
    this.endOfTurn()
  }

  /** A term has begun. */
  release(): void {
    this.cancelHold()
    for (const connection of [...this.all]) connection.release()
  }

  /** Clients wait no longer. */
  dropHeld(): void {
    this.cancelHold()
    this.holdUntil = 0
    for (const connection of [...this.all]) connection.dropHeld()
  }

  /** Closes those of clients that were told that only reads are served. */
  dropReadOnly(): void {
    for (const connection of [...this.all]) if (connection.isReadOnly) connection.sessionGone()
  }

  /** The server stops. */
  stop(): void {
    this.cancelHold()
  }
}
