import { checkAcl } from '../auth/acl-check.js'
import { Perms } from '../jute/codes.js'
import type { ConnectionStatistics } from '../monitor/connection-statistics.js'
import type { ClientConnection, ConnectionHandler } from '../seams/client-listener.js'
import type { Watcher } from '../seams/watch-dispatcher.js'
import type { Session } from '../sessions/session.js'
import type { ApplyResult } from '../tree/data-tree.js'
import type { Zxid } from '../zxid.js'
import { ClientRequests, type RequestSource } from './client-requests.js'
import { readConnect } from './connect.js'
import type { ConnectionHost } from './connection-host.js'
import { serveWord } from './four-letter-word.js'
import { type ConnectingClient, Handshake } from './handshake.js'
import { Outgoing } from './outgoing.js'
import type { Proposal } from './proposal.js'
import { PauseReason, ReadPauses } from './read-pauses.js'
import { ReplyQueue } from './reply-queue.js'

/** Of the length before each frame. */
const LENGTH_BYTES = 4

type State = 'new' | 'connecting' | 'open' | 'closed'

/**
 * One client's connection, from its first bytes to its last reply: what comes by it and when, and what becomes of it when
 * a term, the session or the connection ends.
 *
 * How it gets its session, what is asked of it and what it is sent have their own objects: {@link Handshake},
 * {@link ClientRequests} and {@link Outgoing}.
 */
export class Connection implements ConnectionHandler, RequestSource, ConnectingClient, Watcher {
  /** Wall-clock time in ms. */
  readonly establishedAt: number
  private readonly pauses: ReadPauses
  private readonly queue: ReplyQueue
  private readonly requests: ClientRequests
  /** What is sent to it. */
  readonly outgoing: Outgoing
  private state: State = 'new'
  /** Frames that wait, while the client is read from no further; null: they are handled as they come. */
  private postponed: Uint8Array[] | null = null
  /** Waits for the next term of a leader. */
  private held = false
  /** From its connect request until it is open. */
  private handshake: Handshake | null = null
  private touchedAt = -1

  constructor(
    private readonly host: ConnectionHost,
    readonly transport: ClientConnection,
  ) {
    this.pauses = new ReadPauses(transport)
    this.queue = new ReplyQueue(host.connections)
    this.outgoing = new Outgoing(host, transport, this.pauses, this.queue)
    this.requests = new ClientRequests(host, this, this.queue, this.outgoing)
    this.establishedAt = host.clock.wallTime()
  }

  /** There is one once it is open. */
  get session(): Session {
    return this.requests.session
  }

  /** Whether its client was told that only reads are served. */
  get isReadOnly(): boolean {
    return this.requests.readOnly
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  get isConnecting(): boolean {
    return this.state === 'connecting'
  }

  /** Whether requests are read from it at present. */
  get isReading(): boolean {
    return !this.outgoing.isEnding && this.pauses.isReading
  }

  get outstandingRequests(): number {
    return this.queue.length
  }

  get statistics(): ConnectionStatistics {
    return this.outgoing.statistics
  }

  // --- from the listener

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.outgoing.isEnding) return
    if (this.touchedAt === -1) this.beginTurn()
    this.outgoing.statistics.packetsReceived++
    this.host.statistics.packetsReceived++
    this.host.metrics.bytesReceived.add(end - start + LENGTH_BYTES)
    this.handle(bytes, start, end)
  }

  private handle(bytes: Uint8Array, start: number, end: number): void {
    if (this.postponed !== null) this.postponed.push(this.host.kept.copy(bytes, start, end))
    else if (this.state === 'open') this.requests.request(bytes, start, end)
    else if (this.state === 'new') this.connect(bytes, start, end)
  }

  private beginTurn(): void {
    const now = this.host.clock.monotonic()
    this.host.now = now
    this.touchedAt = now
    if (this.state === 'open') this.host.touch(this.session, now)
  }

  endOfChunk(): void {
    this.touchedAt = -1
    if (!this.queue.isEmpty && !this.pauses.has(PauseReason.throttled) && this.host.connections.throttle(this)) {
      this.pauses.pause(PauseReason.throttled)
    }
    this.host.connections.endOfTurn()
  }

  word(text: string, argument: Uint8Array): void {
    this.outgoing.leave()
    serveWord(text, argument, this.host, this.transport, this.outgoing.statistics)
  }

  drained(): void {
    if (!this.outgoing.isBehind || this.state === 'closed') return
    this.outgoing.caughtUp(() => {
      this.host.now = this.host.clock.monotonic()
      this.requests.serveWaiting()
      this.host.connections.endOfTurn()
    })
  }

  closed(): void {
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    if (!this.outgoing.isEnding) this.host.metrics.connectionDrops.add(1)
    // Writes that are under way go on; their replies have nowhere to go.
    this.queue.clear()
    this.outgoing.drop()
    this.host.connections.forget(this)
    if (wasOpen) {
      this.host.watches.removeWatcher(this)
      if (this.session.connection === this) this.session.connection = null
    }
    this.host.connections.endOfTurn()
  }

  // --- back-pressure

  /** Others have been served: see `ClientConnections`. */
  unthrottle(): void {
    this.pauses.resume(PauseReason.throttled)
  }

  postpone(frame: Uint8Array): void {
    this.holdBack().push(frame)
  }

  /** Frames wait from now on. A client may send ahead, but not without bound: no more is read from it. */
  private holdBack(): Uint8Array[] {
    this.pauses.pause(PauseReason.postponed)
    this.postponed ??= []
    return this.postponed
  }

  /** Handles what was postponed, up to where something has to wait again. */
  goOn(): void {
    const frames = this.postponed
    if (frames === null) return
    this.postponed = null
    for (const frame of frames) {
      if (this.outgoing.isEnding) return
      this.handle(frame, 0, frame.length)
    }
    if (this.postponed === null) this.pauses.resume(PauseReason.postponed)
  }

  // --- between two terms

  /**
   * A term is over. A client that waits for nothing stays, for the next one; to one with requests under way nobody
   * can say what became of them.
   */
  hold(): void {
    if (this.state === 'new') return
    if (this.state !== 'open' || this.outgoing.isEnding || this.outgoing.isBehind || !this.queue.isEmpty) {
      this.sessionGone()
      return
    }
    this.held = true
    this.holdBack()
  }

  /** The next term has begun: goes on where the session still lives. */
  release(): void {
    if (!this.held || this.outgoing.isEnding) return
    if (this.state === 'new') {
      this.endHold()
      return
    }
    const { id, timeoutMs, kind } = this.session
    if (this.host.revalidates && kind === 'global') {
      this.host.revalidate(id, timeoutMs, true, valid => {
        if (!this.held || this.outgoing.isEnding) return
        if (valid && this.host.sessions.get(id) === this.session) this.keep()
        else this.sessionGone()
        this.host.connections.endOfTurn()
      })
    } else if (this.host.session(id) === this.session) this.keep()
    else this.sessionGone()
  }

  private keep(): void {
    this.host.attach(this.session, this.session.timeoutMs)
    this.endHold()
  }

  private endHold(): void {
    this.held = false
    if (this.postponed !== null && this.postponed.length > 0) this.beginTurn()
    this.goOn()
    this.endOfChunk()
  }

  /** The next term is too long in coming. */
  dropHeld(): void {
    if (!this.held) return
    this.held = false
    this.sessionGone()
  }

  // --- the session

  private connect(bytes: Uint8Array, start: number, end: number): void {
    if (this.host.holds) {
      this.held = true
      this.postpone(this.host.kept.copy(bytes, start, end))
      return
    }
    const request = readConnect(bytes, start, end)
    if (request === null) {
      this.outgoing.stop()
      return
    }
    this.handshake = new Handshake(this.host, this, this.requests, this.outgoing, request)
    this.handshake.begin()
  }

  awaitSession(): void {
    this.state = 'connecting'
    this.holdBack()
  }

  open(): void {
    this.state = 'open'
    this.handshake = null
  }

  committed(proposal: Proposal, result: ApplyResult): void {
    if (this.state === 'open') this.requests.committed(proposal, result)
    else if (this.state === 'connecting') {
      this.queue.shift()
      this.handshake?.granted()
    }
  }

  /** The session has ended, or has moved to another connection. */
  sessionGone(): void {
    this.outgoing.finish()
    this.outgoing.flush()
  }

  // --- watches

  mayRead(acl: number): boolean {
    const { tree, identities, auth } = this.requests
    return checkAcl(tree.acls.get(acl), Perms.READ, identities, auth)
  }

  event(type: number, path: string, zxid: Zxid): void {
    if (this.state !== 'open' || this.outgoing.isEnding) return
    this.outgoing.event(type, path, zxid)
    const { watchEvents } = this.host
    if (watchEvents.observed) watchEvents.next({ session: this.session.id, type, path, zxid })
  }
}
