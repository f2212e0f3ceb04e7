import { RenewedSet } from '../collections/renewed.js'
import type { Cancel, Clock } from '../seams/clock.js'
import type { Connection } from './connection.js'
import type { Outgoing } from './outgoing.js'
import type { ProgressCount } from './reply-queue.js'

/** How long clients are kept waiting between two terms. */
const HOLD_MS = 1000

/**
 * The connections of one server's clients: what they have to send at the end of a turn, how much they have in progress
 * together, and their wait from one term to the next.
 */
export class ClientConnections implements ProgressCount, Iterable<Connection> {
  /** Requests taken from clients and not yet answered, but for those that wait until their client reads. */
  inProgress = 0
  private readonly all = new RenewedSet<Connection>()
  /** Each once, see {@link Outgoing.isListed}; what is cleared a thousand times a second is better an array than a set. */
  private unsent: Outgoing[] = []
  private throttled: Connection[] = []
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
    return this.all[Symbol.iterator]()
  }

  add(connection: Connection): void {
    this.all.add(connection)
  }

  forget(connection: Connection): void {
    this.all.delete(connection)
    if (this.throttled.includes(connection)) this.throttled = this.throttled.filter(other => other !== connection)
  }

  // --- turns

  /** A connection has something to send when the turn ends. */
  willSend(outgoing: Outgoing): void {
    if (outgoing.isListed) return
    outgoing.isListed = true
    this.unsent.push(outgoing)
  }

  /** Sends what gathered, and lets clients go on that had been told to wait. */
  endOfTurn(): void {
    for (let i = 0; i < this.unsent.length; i++) {
      const outgoing = this.unsent[i]
      outgoing.isListed = false
      outgoing.flush()
    }
    this.unsent.length = 0
    if (this.throttled.length === 0 || this.inProgress > this.inProgressMax) return
    const { throttled } = this
    this.throttled = []
    for (const connection of throttled) connection.unthrottle()
  }

  /**
   * Whether a connection with requests in progress has to wait until others have been served. It is told by
   * {@link Connection.unthrottle}.
   */
  throttle(connection: Connection): boolean {
    if (this.inProgress <= this.inProgressMax) return false
    this.throttled.push(connection)
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
