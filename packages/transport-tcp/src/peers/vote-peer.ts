import type { Socket } from 'node:net'
import { type Cancel, type Clock, type Logger, RateLimitedWarning, type ServerId } from '@menagerie/core'
import type { Endpoint } from './endpoint.js'
import type { LastWords } from './last-words.js'
import { VoteConnection } from './vote-connection.js'

const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 1000
/** After a peer with a larger id has been asked to dial back, it is given this time before it is asked again. */
const DIAL_BACK_MS = 500
/** A request to dial back that arrives so soon after a connection came about was sent before it. */
const CROSSING_MS = 500
const LOG_INTERVAL_MS = 10_000

/** What a peer of the election plane needs of the plane. */
export interface VotePlane {
  readonly self: ServerId
  readonly clock: Clock
  readonly logger: Logger
  /** After so long without an answer a connection is taken for dead. */
  readonly silenceMaxMs: number
  readonly lastWords: LastWords
  readonly connectTimeoutMs: number
  endpointsOf(peer: ServerId): readonly Endpoint[]
  /** Connects and says who this server is. */
  dial(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<Socket>
  vote(from: ServerId, message: Uint8Array): void
  malformed(from: ServerId, fault: string): void
  /** The peer has neither a connection nor anything under way. */
  idle(peer: VotePeer): void
}

/**
 * One peer on the election plane: the message for it, and the one connection to it.
 *
 * Of two servers the one with the larger id owns the connection (QuorumCnxManager). The smaller one may dial as well,
 * but that only asks the other to dial back: its connection is closed as soon as it has said who it is.
 *
 * Anybody can say so. A connection that has been heard on is therefore not ended by a later one that the peer is said
 * to have opened: until either ends by itself, both are sent every message, of which a copy too many does no harm.
 */
export class VotePeer {
  private waiting: Uint8Array | undefined
  /** Sent again on the next connection: nobody knows whether it has arrived (SendWorker.lastMessageSent). */
  private last: Uint8Array | undefined
  private connection: VoteConnection | undefined
  /** The connection before that, if anything was heard on it. */
  private earlier: VoteConnection | undefined
  private dialing: AbortController | undefined
  private cancelRetry: Cancel | undefined
  private backoffMs = BACKOFF_MIN_MS
  private closed = false
  private readonly failures: RateLimitedWarning
  /** Where an unknown server says that it is reached. */
  private stated: readonly Endpoint[] = []

  constructor(
    readonly id: ServerId,
    private readonly plane: VotePlane,
  ) {
    this.failures = new RateLimitedWarning(plane.clock, plane.logger, LOG_INTERVAL_MS)
  }

  /** Takes the place of a message that still waits. */
  send(message: Uint8Array): void {
    this.waiting = message
    if ((this.connection?.silentMs ?? 0) > this.plane.silenceMaxMs) {
      // TCP would go on for a quarter of an hour, and after a partition wait long before it tries again.
      this.drop()
    }
    if (this.connection === undefined) this.dial()
    else this.pump()
  }

  /** The peer has dialed, and has a smaller id. */
  dialBack(stated: readonly Endpoint[]): void {
    this.stated = stated
    if (this.dialing !== undefined) return
    if (this.connection !== undefined && this.connection.ageMs < CROSSING_MS) return
    // The peer would not ask if it still had the connection; but it need not be the peer who asks.
    this.cancelRetry?.()
    this.cancelRetry = undefined
    this.dial()
  }

  /** Takes a connection that stands: in place of an earlier one, or beside one that has been heard on. */
  adopt(socket: Socket, rest: Uint8Array): void {
    this.stopDialing('the peer has connected')
    this.cancelRetry?.()
    this.cancelRetry = undefined
    if (this.earlier === undefined && this.connection?.heard === true) this.earlier = this.connection
    else this.connection?.close()
    const { clock, lastWords } = this.plane
    const connection: VoteConnection = new VoteConnection(socket, clock, lastWords, {
      vote: message => this.heard(message),
      writable: () => this.pump(),
      lost: reason => this.lost(connection, reason),
      malformed: fault => this.plane.malformed(this.id, fault),
    })
    this.connection = connection
    if (this.waiting !== undefined) this.pump()
    else if (this.last !== undefined) connection.offer(this.last)
    connection.start(rest)
  }

  close(): void {
    this.closed = true
    this.waiting = undefined
    this.stopDialing('the transport is closed')
    this.cancelRetry?.()
    this.drop()
  }

  private heard(message: Uint8Array): void {
    this.backoffMs = BACKOFF_MIN_MS
    this.plane.vote(this.id, message)
  }

  private pump(): void {
    if (this.waiting === undefined || this.connection?.offer(this.waiting) !== true) return
    this.earlier?.offer(this.waiting)
    this.last = this.waiting
    this.waiting = undefined
  }

  private stopDialing(reason: string): void {
    const { dialing } = this
    this.dialing = undefined
    dialing?.abort(new Error(reason))
  }

  private drop(): void {
    this.connection?.close()
    this.connection = undefined
    this.earlier?.close()
    this.earlier = undefined
  }

  private lost(connection: VoteConnection, reason: string): void {
    if (this.earlier === connection) this.earlier = undefined
    if (this.connection !== connection) return
    this.connection = this.earlier
    this.earlier = undefined
    if (this.connection !== undefined) {
      this.pump()
      return
    }
    this.plane.logger.debug({ peer: this.id }, `the election connection to server ${this.id} is over: ${reason}`)
    // What was sent into a connection that breaks right then has hardly arrived. Older messages are left to the
    // election, which sends anew what it still needs.
    if ((connection.silentMs ?? Number.POSITIVE_INFINITY) < this.plane.connectTimeoutMs) this.waiting ??= this.last
    this.retryLater()
  }

  /** Dials, unless that is under way or about to be. */
  private dial(): void {
    if (this.closed || this.dialing !== undefined || this.cancelRetry !== undefined) return
    const known = this.plane.endpointsOf(this.id)
    const dialing = new AbortController()
    this.dialing = dialing
    void this.plane
      .dial([...known, ...this.stated], dialing.signal)
      .then(socket => {
        if (this.dialing !== dialing) socket.destroy()
        else if (this.id < this.plane.self) {
          this.drop()
          this.adopt(socket, NOTHING)
        } else this.awaitDialBack(socket, dialing)
      })
      .catch((error: Error) => {
        if (this.dialing !== dialing) return
        this.dialing = undefined
        this.failures.warn({ peer: this.id }, `cannot reach server ${this.id} for votes: ${error.message}`)
        this.retryLater()
      })
  }

  /** The peer closes what it has been sent, and dials. */
  private awaitDialBack(socket: Socket, dialing: AbortController): void {
    const { clock, connectTimeoutMs } = this.plane
    const cancel = clock.schedule(connectTimeoutMs, () => socket.destroy())
    const abandon = () => socket.destroy()
    dialing.signal.addEventListener('abort', abandon)
    socket.on('end', abandon)
    socket.on('close', () => {
      cancel()
      if (this.dialing !== dialing) return
      this.dialing = undefined
      this.retryLater(DIAL_BACK_MS)
    })
    socket.resume()
  }

  /** Goes on for as long as a message waits, ever more slowly until something is heard. */
  private retryLater(delayMs = this.backoffMs): void {
    if (this.closed) return
    if (this.waiting === undefined) {
      this.plane.idle(this)
      return
    }
    if (this.cancelRetry !== undefined) return
    this.backoffMs = Math.min(2 * this.backoffMs, BACKOFF_MAX_MS)
    this.cancelRetry = this.plane.clock.schedule(delayMs, () => {
      this.cancelRetry = undefined
      if (this.waiting !== undefined && this.connection === undefined) this.dial()
    })
  }
}

const NOTHING = new Uint8Array(0)
