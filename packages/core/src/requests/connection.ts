import { checkAcl } from '../auth/acl-check.js'
import { OpCode, Perms } from '../jute/codes.js'
import { encodeUtf8 } from '../jute/utf8.js'
import type { ConnectionStatistics } from '../monitor/connection-statistics.js'
import type { ClientConnection, ConnectionHandler } from '../seams/client-listener.js'
import type { Watcher } from '../seams/watch-dispatcher.js'
import type { Kernel } from '../server/kernel.js'
import type { Session, SessionConnection } from '../sessions/session.js'
import type { ApplyResult } from '../tree/data-tree.js'
import { encodeInt } from '../zab/packets/index.js'
import type { Zxid } from '../zxid.js'
import { ClientRequests, type RequestSource } from './client-requests.js'
import { answerConnect, readConnect } from './connect.js'
import { type GrantedSession, NO_SESSION } from './connect-response.js'
import { Outgoing } from './outgoing.js'
import type { Proposal } from './proposal.js'
import { PauseReason, ReadPauses } from './read-pauses.js'
import { ReplyQueue } from './reply-queue.js'

/** Of the length before each frame; a four-letter word stands in its place. */
const LENGTH_BYTES = 4

/** Apache writes the text of a word in buffers of so many characters, and counts each as a packet. */
const WORD_PACKET_LENGTH = 8192

type State = 'new' | 'connecting' | 'open' | 'closed'

/**
 * One client's connection, from its connect request to its last reply: how it gets a session, and what becomes of it
 * when a term, the session or the connection ends.
 *
 * What is asked of it and what it is sent have their own objects: {@link ClientRequests} and {@link Outgoing}.
 */
export class Connection implements ConnectionHandler, RequestSource, SessionConnection, Watcher {
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
  /** Whether its connect request has the read-only byte: then the response has it too. */
  private knowsReadOnly = false
  private touchedAt = -1

  constructor(
    private readonly kernel: Kernel,
    readonly transport: ClientConnection,
  ) {
    this.pauses = new ReadPauses(transport)
    this.queue = new ReplyQueue(kernel.connections)
    this.outgoing = new Outgoing(kernel, transport, this.pauses, this.queue)
    this.requests = new ClientRequests(kernel, this, this.queue, this.outgoing)
    this.establishedAt = kernel.clock.wallTime()
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
    this.kernel.statistics.packetsReceived++
    this.kernel.metrics.bytesReceived.add(end - start + LENGTH_BYTES)
    this.handle(bytes, start, end)
  }

  private handle(bytes: Uint8Array, start: number, end: number): void {
    if (this.postponed !== null) this.postponed.push(this.kernel.kept.copy(bytes, start, end))
    else if (this.state === 'open') this.requests.request(bytes, start, end)
    else if (this.state === 'new') this.handshake(bytes, start, end)
  }

  private beginTurn(): void {
    const now = this.kernel.clock.monotonic()
    this.kernel.now = now
    this.touchedAt = now
    if (this.state === 'open') this.kernel.touch(this.session, now)
  }

  endOfChunk(): void {
    this.touchedAt = -1
    if (!this.queue.isEmpty && !this.pauses.has(PauseReason.throttled) && this.kernel.connections.throttle(this)) {
      this.pauses.pause(PauseReason.throttled)
    }
    this.kernel.connections.endOfTurn()
  }

  word(text: string, argument: Uint8Array): void {
    this.outgoing.leave()
    const { metrics, statistics, words } = this.kernel
    if (words?.isWord(text)) {
      metrics.bytesReceived.add(LENGTH_BYTES)
      this.outgoing.statistics.packetsReceived++
      statistics.packetsReceived++
    }
    Promise.resolve(words?.answer(text, argument)).then(
      answer => {
        if (answer !== undefined) {
          this.transport.write(encodeUtf8(answer))
          statistics.packetsSent += Math.ceil(answer.length / WORD_PACKET_LENGTH)
        }
        this.transport.end()
      },
      error => {
        this.kernel.logger.warn({ word: text, error }, 'a four-letter word could not be answered')
        this.transport.end()
      },
    )
  }

  drained(): void {
    if (!this.outgoing.isBehind || this.state === 'closed') return
    this.outgoing.caughtUp(() => {
      this.kernel.now = this.kernel.clock.monotonic()
      this.requests.serveWaiting()
      this.kernel.connections.endOfTurn()
    })
  }

  closed(): void {
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    if (!this.outgoing.isEnding) this.kernel.metrics.connectionDrops.add(1)
    // Writes that are under way go on; their replies have nowhere to go.
    this.queue.clear()
    this.outgoing.drop()
    this.kernel.connections.forget(this)
    if (wasOpen) {
      this.kernel.watches.removeWatcher(this)
      if (this.session.connection === this) this.session.connection = null
    }
    this.kernel.connections.endOfTurn()
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
    if (this.kernel.revalidates && kind === 'global') {
      this.kernel.revalidate(id, timeoutMs, valid => {
        if (!this.held || this.outgoing.isEnding) return
        if (valid && this.kernel.sessions.get(id) === this.session) this.endHold()
        else this.sessionGone()
        this.kernel.connections.endOfTurn()
      })
    } else if (this.kernel.session(id) === this.session) this.endHold()
    else this.sessionGone()
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

  private handshake(bytes: Uint8Array, start: number, end: number): void {
    if (this.kernel.holds) {
      this.held = true
      this.postpone(this.kernel.kept.copy(bytes, start, end))
      return
    }
    const request = readConnect(bytes, start, end)
    if (request === null) {
      this.outgoing.stop()
      return
    }
    this.knowsReadOnly = request.hasReadOnly
    this.kernel.metrics.connectionRequests.add(1)
    const answer = answerConnect(request, this.kernel, this.transport.remoteAddress)
    if (request.sessionId !== 0n && answer.kind !== 'closed') this.kernel.metrics.connectionRevalidations.add(1)
    switch (answer.kind) {
      case 'create':
        this.create(answer.session)
        return
      case 'attach':
        this.attach(answer.session, answer.timeoutMs)
        return
      case 'revalidate':
        this.revalidate(answer.id, answer.timeoutMs)
        return
      case 'expired':
        this.refuse()
        return
      case 'closed':
        this.outgoing.stop()
    }
  }

  /** A new session: there is one when its transaction is applied. */
  private create(session: Session): void {
    this.state = 'connecting'
    this.holdBack()
    this.requests.session = session
    const { timeoutMs } = session
    const type = OpCode.createSession
    this.requests.submit({ type, timeoutMs }, 0, type, encodeInt(timeoutMs))
  }

  committed(proposal: Proposal, result: ApplyResult): void {
    if (this.state === 'open') this.requests.committed(proposal, result)
    else if (this.state === 'connecting') {
      this.queue.shift()
      this.opened()
    }
  }

  /** At a learner: whether the session lives is asked of the leader. */
  private revalidate(id: bigint, timeoutMs: number): void {
    this.state = 'connecting'
    this.holdBack()
    this.kernel.revalidate(id, timeoutMs, valid => {
      if (this.outgoing.isEnding || this.state !== 'connecting') return
      if (valid) this.attach(this.kernel.sessions.add(id, timeoutMs), timeoutMs)
      else this.refuse()
      this.kernel.connections.endOfTurn()
    })
  }

  /** A session that there is; whoever had it until now has it no more. */
  private attach(session: Session, timeoutMs: number): void {
    session.connection?.sessionGone()
    this.requests.session = session
    this.kernel.attach(session, timeoutMs)
    this.opened()
  }

  private opened(): void {
    const { kernel, session, requests } = this
    this.state = 'open'
    requests.readOnly = kernel.readOnly
    session.connection = this
    const { id, timeoutMs } = session
    this.respond({ timeoutMs, id, password: kernel.passwordOf(id) })
    kernel.sessions.announce('attached', session)
    this.goOn()
  }

  /** There is no such session, or it is not this client's. */
  private refuse(): void {
    this.respond(NO_SESSION)
    this.outgoing.finish()
  }

  private respond(granted: GrantedSession): void {
    this.outgoing.connectResponse(granted, this.knowsReadOnly ? this.isReadOnly : null)
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
    const { watchEvents } = this.kernel
    if (watchEvents.observed) watchEvents.next({ session: this.session.id, type, path, zxid })
  }
}
