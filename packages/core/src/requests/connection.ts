import { checkAcl } from '../auth/acl-check.js'
import { authenticate } from '../auth/auth-packet.js'
import type { AuthenticatorRegistry } from '../auth/registry.js'
import { answerSasl } from '../auth/sasl/index.js'
import { KeeperCode, KeeperState, OpCode, Perms, Xid } from '../jute/codes.js'
import { JuteReader, MarshallingError } from '../jute/reader.js'
import { AuthPacket, SaslToken } from '../jute/records.js'
import { encodeUtf8 } from '../jute/utf8.js'
import { ConnectionStatistics } from '../monitor/connection-statistics.js'
import type { Identity, SaslExchange } from '../seams/authenticator.js'
import type { ClientConnection, ConnectionHandler } from '../seams/client-listener.js'
import type { WatchDispatcher, Watcher } from '../seams/watch-dispatcher.js'
import type { Kernel } from '../server/kernel.js'
import type { Session, SessionConnection } from '../sessions/session.js'
import type { ApplyResult, DataTree } from '../tree/data-tree.js'
import { encodeInt } from '../zab/packets/index.js'
import type { Zxid } from '../zxid.js'
import { answerConnect, type ConnectAnswer, readConnect } from './connect.js'
import { Output } from './output.js'
import type { Proposal, ProposalOrigin } from './proposal.js'
import { getAcl, getAllChildrenNumber, getEphemerals, multiRead, sync, whoAmI } from './read/other-reads.js'
import type { ReaderContext } from './read/reader-context.js'
import { addWatch, checkWatches, removeWatches, setWatches, setWatches2 } from './read/watch-requests.js'
import { exists, getChildren, getData } from './read/znode-reads.js'
import { replyToWrite, writeString } from './write-reply.js'
import { createsEphemeral, isWrite, readWriteRequest, type WriteRequest } from './write-request.js'

/** A request that waits for its turn: a frame, or a write that is being made durable. */
interface Waiting {
  readonly xid: number
  readonly opcode: number
  /** Null for a write: its proposal answers it. */
  readonly frame: Uint8Array | null
  readonly arrivedAt: number
  /** Of a request that was refused at once and waits for its place in the order of replies. */
  readonly refusal: number
  /** The reply to a write that was committed while reads before it waited for a slow peer. */
  reply: Uint8Array | null
  /** A sync that the leader has not released yet. */
  held: boolean
}

type State = 'new' | 'connecting' | 'open' | 'closed'

/** Replies gathered beyond this are sent in the middle of a turn. */
const FLUSH_BYTES = 256 * 1024
const HEADER_BYTES = 8
/** How many times outputBufferMaxBytes a peer that does not read may be sent in events. */
const EVENT_BUFFERS = 16

/**
 * One client's connection: handshake, then requests in and replies out in the same order.
 *
 * Reads are answered in the turn they arrive unless a write of this connection is still under way;
 * then they wait behind it, while further writes are proposed at once.
 */
export class Connection implements ConnectionHandler, ProposalOrigin, SessionConnection, Watcher, ReaderContext {
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly auth: AuthenticatorRegistry
  readonly watcher: Watcher = this
  readonly out: Output
  identities: readonly Identity[]
  /** There is one once the state is open. */
  session!: Session
  readonly establishedAt: number
  readonly statistics = new ConnectionStatistics()
  private state: State = 'new'
  private readonly reader = new JuteReader()
  /** Frames that arrived before the session was there. */
  private early: Uint8Array[] = []
  private waiting: Waiting[] = []
  private firstWaiting = 0
  private readonlyByte = false
  private servedReadOnly = false
  /** Asked to stop: nothing more is read or answered. */
  private ending = false
  /** Its peer does not read: requests wait until what is unsent has left. */
  private blocked = false
  /** What was handed over since then: events, and replies to writes that were under way. */
  private blockedBytes = 0
  private throttledByAll = false
  /** Syncs that the leader has not released, and what waits behind a write that came after one. */
  private syncsHeld = 0
  private behindSync: Uint8Array[] = []
  /** Waits for the next term of a leader. */
  private held = false
  private touchedAt = -1
  private exchange: SaslExchange | undefined

  constructor(
    private readonly kernel: Kernel,
    readonly transport: ClientConnection,
  ) {
    this.tree = kernel.tree
    this.watches = kernel.watches
    this.auth = kernel.auth
    this.out = new Output(kernel.outputs)
    this.identities = kernel.auth.identify(transport)
    this.establishedAt = kernel.clock.wallTime()
  }

  /** Whether its client was told that only reads are served. */
  get isReadOnly(): boolean {
    return this.servedReadOnly
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  /** Whether requests are read from it at present. */
  get isReading(): boolean {
    return !this.ending && !this.blocked && !this.throttledByAll
  }

  get outstandingRequests(): number {
    return this.waiting.length - this.firstWaiting
  }

  // --- from the listener

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.ending) return
    if (this.touchedAt === -1) this.beginTurn()
    this.statistics.packetsReceived++
    this.kernel.statistics.packetsReceived++
    if (this.held || (this.kernel.holds && this.state === 'new')) this.wait(bytes.slice(start, end))
    else if (this.state === 'open') this.request(bytes, start, end)
    else if (this.state === 'new') this.handshake(bytes, start, end)
    else if (this.state === 'connecting') this.early.push(bytes.slice(start, end))
  }

  /** Between two terms: what a client sends waits, and no more is read from it. */
  private wait(frame: Uint8Array): void {
    this.early.push(frame)
    this.held = true
    this.transport.pause()
  }

  private beginTurn(): void {
    const now = this.kernel.clock.monotonic()
    this.kernel.now = now
    this.touchedAt = now
    if (this.state === 'open') this.kernel.touch(this.session, now)
  }

  endOfChunk(): void {
    this.touchedAt = -1
    if (this.outstandingRequests > 0 && !this.throttledByAll && this.kernel.throttle(this)) {
      this.throttledByAll = true
      this.transport.pause()
    }
    this.kernel.endOfTurn()
  }

  word(text: string, argument: Uint8Array): void {
    this.ending = true
    this.kernel.statistics.packetsReceived++
    Promise.resolve(this.kernel.words?.answer(text, argument)).then(
      answer => {
        if (answer !== undefined) this.transport.write(encodeUtf8(answer))
        this.transport.end()
      },
      error => {
        this.kernel.logger.warn({ word: text, error }, 'a four-letter word could not be answered')
        this.transport.end()
      },
    )
  }

  drained(): void {
    if (!this.blocked || this.state === 'closed') return
    this.blocked = false
    this.kernel.inProgress += this.outstandingRequests
    this.kernel.now = this.kernel.clock.monotonic()
    this.serveWaiting()
    this.kernel.endOfTurn()
    if (!this.blocked && !this.throttledByAll && this.behindSync.length === 0) this.transport.resume()
  }

  closed(): void {
    this.ending = true
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    // Writes that are under way go on; their replies have nowhere to go.
    if (!this.blocked) this.kernel.inProgress -= this.outstandingRequests
    this.waiting = []
    this.firstWaiting = 0
    this.out.released()
    this.kernel.forget(this)
    if (wasOpen) {
      this.watches.removeWatcher(this)
      if (this.session.connection === this) this.session.connection = null
    }
    this.kernel.endOfTurn()
  }

  /**
   * A term is over. A client that waits for nothing stays, for the next one; to one with requests under way nobody
   * can say what became of them.
   */
  hold(): void {
    if (this.state === 'new') return
    if (this.state !== 'open' || this.ending || this.outstandingRequests > 0 || this.blocked) {
      this.sessionGone()
      return
    }
    this.held = true
    this.transport.pause()
  }

  /** The next term has begun: goes on where the session still lives. */
  release(): void {
    if (!this.held || this.ending) return
    if (this.state === 'new') {
      this.goOn()
      return
    }
    const { id, timeoutMs, kind } = this.session
    if (this.kernel.revalidates && kind === 'global') {
      this.kernel.revalidate(id, timeoutMs, valid => {
        if (!this.held || this.ending) return
        if (valid && this.kernel.sessions.get(id) === this.session) this.goOn()
        else this.sessionGone()
        this.kernel.endOfTurn()
      })
    } else if (this.kernel.session(id) === this.session) this.goOn()
    else this.sessionGone()
  }

  private goOn(): void {
    this.held = false
    const { early } = this
    this.early = []
    for (const frame of early) this.frame(frame, 0, frame.length)
    this.endOfChunk()
    if (!this.throttledByAll && !this.blocked && this.state !== 'connecting' && !this.ending) this.transport.resume()
  }

  dropHeld(): void {
    if (!this.held) return
    this.held = false
    this.sessionGone()
  }

  unthrottle(): void {
    this.throttledByAll = false
    // Before its session is there, a connection is read from no further whoever else has to wait.
    if (!this.blocked && !this.held && this.behindSync.length === 0 && this.state !== 'connecting')
      this.transport.resume()
  }

  // --- handshake

  private handshake(bytes: Uint8Array, start: number, end: number): void {
    let answer: ConnectAnswer
    try {
      const request = readConnect(bytes, start, end)
      this.readonlyByte = request.hasReadOnly
      answer = answerConnect(request, this.kernel)
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      this.stop()
      return
    }
    switch (answer.kind) {
      case 'newer':
        this.kernel.logger.warn(
          { client: this.transport.remoteAddress, seen: answer.seen, last: this.kernel.lastZxid },
          'client has seen a newer zxid than this server has; it must try another server',
        )
        this.stop()
        return
      case 'create': {
        this.state = 'connecting'
        this.session = answer.session
        this.push(0, OpCode.createSession, null)
        // A client may send ahead of the response, but not without bound.
        this.transport.pause()
        const { timeoutMs } = answer.session
        this.submit({ type: OpCode.createSession, timeoutMs }, 0, encodeInt(timeoutMs))
        return
      }
      case 'attach':
        this.attach(answer.session, answer.timeoutMs)
        return
      case 'revalidate':
        this.revalidate(answer.id, answer.timeoutMs)
        return
      case 'stopped':
        this.stop()
        return
      case 'expired':
        this.sendConnectResponse(0, 0n, new Uint8Array(16))
        this.finish()
    }
  }

  private attach(session: Session, timeoutMs: number): void {
    session.connection?.sessionGone()
    this.session = session
    session.timeoutMs = timeoutMs
    session.owner = null
    this.kernel.touch(session)
    this.opened()
  }

  /** At a learner: whether the session lives is asked of the leader. */
  private revalidate(id: bigint, timeoutMs: number): void {
    this.state = 'connecting'
    this.transport.pause()
    this.kernel.revalidate(id, timeoutMs, valid => {
      if (this.ending || this.state !== 'connecting') return
      if (valid) {
        this.attach(this.kernel.sessions.add(id, timeoutMs), timeoutMs)
        if (!this.throttledByAll && !this.blocked) this.transport.resume()
      } else {
        this.sendConnectResponse(0, 0n, new Uint8Array(16))
        this.finish()
      }
      this.kernel.endOfTurn()
    })
  }

  private submit(request: WriteRequest, cxid: number, body: Uint8Array): void {
    this.kernel.submit(request, this.session, { identities: this.identities, cxid, origin: this, body })
  }

  private opened(): void {
    this.state = 'open'
    this.servedReadOnly = this.kernel.readOnly
    this.session.connection = this
    this.sendConnectResponse(this.session.timeoutMs, this.session.id, this.kernel.passwordOf(this.session.id))
    this.kernel.sessions.announce('attached', this.session)
    const { early } = this
    this.early = []
    for (const frame of early) if (!this.ending) this.request(frame, 0, frame.length)
  }

  private sendConnectResponse(timeoutMs: number, id: bigint, password: Uint8Array): void {
    const { out } = this
    const at = out.reserve(this.readonlyByte ? 41 : 40)
    const view = out.bytes
    writeConnectResponse(view, at, timeoutMs, id, password, this.readonlyByte, this.servedReadOnly)
    this.willSend()
    this.statistics.packetsSent++
    this.kernel.statistics.packetsSent++
  }

  // --- requests

  private request(bytes: Uint8Array, start: number, end: number): void {
    const { reader } = this
    if (end - start < HEADER_BYTES) {
      this.stop()
      return
    }
    if (this.behindSync.length > 0) {
      this.behindSync.push(bytes.slice(start, end))
      return
    }
    reader.reset(bytes, start, end)
    const xid = reader.int()
    const opcode = reader.int()
    if (opcode === OpCode.auth) {
      this.authPacket(xid)
      return
    }
    if (opcode === OpCode.sasl) {
      this.saslPacket(xid)
      return
    }
    if (this.kernel.enforcement.enabled) {
      const refusal = this.kernel.enforcement.mayRequest(opcode, this.identities)
      if (refusal !== null) {
        this.reply(xid, 0, refusal.code)
        this.finish()
        return
      }
    }
    if (this.servedReadOnly && isRefusedReadOnly(opcode, this.session)) this.refuse(xid, opcode, KeeperCode.NotReadOnly)
    else if (isWrite(opcode) && this.syncsHeld > 0) this.waitBehindSync(bytes.slice(start, end))
    else if (isWrite(opcode) && !closesLocal(opcode, this.session))
      this.submitWrite(xid, opcode, bytes.subarray(start + HEADER_BYTES, end))
    else if (opcode === OpCode.sync && !this.kernel.syncsAtOnce) this.submitSync(xid, opcode, bytes.slice(start, end))
    else if (this.outstandingRequests === 0 && !this.blocked) this.answer(xid, opcode, this.kernel.now)
    else this.push(xid, opcode, bytes.slice(start, end))
  }

  /** A sync: answered in its turn, and not before the leader has released it. */
  private submitSync(xid: number, opcode: number, frame: Uint8Array): void {
    this.push(xid, opcode, frame)
    const entry = this.waiting[this.waiting.length - 1]
    entry.held = true
    this.syncsHeld++
    this.kernel.sync(this.session, xid, frame.subarray(HEADER_BYTES), () => {
      entry.held = false
      this.syncsHeld--
      if (this.state === 'closed') return
      this.serveWaiting()
      if (this.syncsHeld === 0) this.goOnBehindSync()
      this.kernel.endOfTurn()
    })
  }

  /**
   * A write does not overtake a sync: reads that wait between them must not see it. All that comes after it waits
   * along.
   */
  private waitBehindSync(frame: Uint8Array): void {
    this.behindSync.push(frame)
    this.transport.pause()
  }

  private goOnBehindSync(): void {
    const frames = this.behindSync
    if (frames.length === 0) return
    this.behindSync = []
    for (const frame of frames) if (!this.ending) this.request(frame, 0, frame.length)
    if (this.behindSync.length === 0 && !this.blocked && !this.throttledByAll && !this.ending) this.transport.resume()
  }

  private submitWrite(xid: number, opcode: number, body: Uint8Array): void {
    let request: WriteRequest
    try {
      request = readWriteRequest(opcode, this.reader)
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      this.refuse(xid, opcode, KeeperCode.MarshallingError)
      return
    }
    const { local } = this.kernel
    if (this.session.kind === 'local' && !local.upgradable && createsEphemeral(request)) {
      this.refuse(xid, opcode, KeeperCode.EphemeralOnLocalSession)
      return
    }
    this.push(xid, opcode, null)
    this.submit(request, xid, body)
  }

  /** Answers with a code in the request's turn; it takes no zxid. */
  private refuse(xid: number, opcode: number, code: number): void {
    if (this.outstandingRequests === 0 && !this.blocked) this.answered(xid, opcode, this.kernel.now, code)
    else this.push(xid, opcode, NO_FRAME, code)
  }

  private push(xid: number, opcode: number, frame: Uint8Array | null, refusal: number = KeeperCode.Ok): void {
    this.waiting.push({ xid, opcode, frame, arrivedAt: this.kernel.now, refusal, reply: null, held: false })
    if (!this.blocked) this.kernel.inProgress++
  }

  committed(proposal: Proposal, result: ApplyResult): void {
    if (this.state === 'closed') return
    const head = this.waiting[this.firstWaiting]
    if (head.frame !== null || head.reply !== null) {
      this.keepReply(proposal, result)
      return
    }
    this.shift()
    if (head.opcode === OpCode.createSession) {
      this.opened()
      if (!this.throttledByAll && !this.blocked) this.transport.resume()
    } else {
      replyToWrite(this.out, head.xid, proposal.header.zxid, result, this.tree)
      this.noteAnswer(head.xid, head.opcode, head.arrivedAt)
      if (head.opcode === OpCode.closeSession || result.code === KeeperCode.SessionMoved) this.finish()
    }
    this.serveWaiting()
  }

  /** A write is durable while reads ahead of it wait for the peer to read: its reply waits behind them. */
  private keepReply(proposal: Proposal, result: ApplyResult): void {
    for (let i = this.firstWaiting; i < this.waiting.length; i++) {
      const entry = this.waiting[i]
      if (entry.frame !== null || entry.reply !== null) continue
      const out = new Output(this.kernel.outputs)
      replyToWrite(out, entry.xid, proposal.header.zxid, result, this.tree)
      entry.reply = out.take().slice()
      out.released()
      return
    }
  }

  /** Serves what waited behind a write, up to the next one that is not yet durable. */
  private serveWaiting(): void {
    while (this.firstWaiting < this.waiting.length && !this.blocked && !this.ending) {
      const head = this.waiting[this.firstWaiting]
      if (head.held) return
      if (head.frame === null) {
        if (head.reply === null) return
        this.shift()
        this.out.raw(head.reply)
        this.noteAnswer(head.xid, head.opcode, head.arrivedAt)
        if (head.opcode === OpCode.closeSession) this.finish()
        continue
      }
      this.shift()
      if (head.refusal !== KeeperCode.Ok) {
        this.answered(head.xid, head.opcode, head.arrivedAt, head.refusal)
      } else {
        this.reader.reset(head.frame, HEADER_BYTES, head.frame.length)
        this.answer(head.xid, head.opcode, head.arrivedAt)
      }
    }
  }

  private shift(): Waiting {
    const head = this.waiting[this.firstWaiting++]
    if (!this.blocked) this.kernel.inProgress--
    if (this.firstWaiting === this.waiting.length) {
      this.waiting = []
      this.firstWaiting = 0
    } else if (this.firstWaiting >= 256 && this.firstWaiting * 2 > this.waiting.length) {
      this.waiting = this.waiting.slice(this.firstWaiting)
      this.firstWaiting = 0
    }
    return head
  }

  /** Answers a read whose body {@link reader} stands at. */
  private answer(xid: number, opcode: number, arrivedAt: number): void {
    const { reader, out } = this
    // Heartbeats can wait for a flush; clients that read would notice.
    if (opcode !== OpCode.ping) this.kernel.readsAnswered++
    if (this.session.closing) {
      this.answered(xid, opcode, arrivedAt, KeeperCode.SessionExpired)
      return
    }
    const start = out.position
    try {
      switch (opcode) {
        case OpCode.getData:
          getData(reader, xid, this)
          break
        case OpCode.exists:
          exists(reader, xid, this)
          break
        case OpCode.getChildren:
          getChildren(reader, xid, this, false)
          break
        case OpCode.getChildren2:
          getChildren(reader, xid, this, true)
          break
        case OpCode.ping:
          out.empty(Xid.ping, this.tree.lastProcessedZxid, KeeperCode.Ok)
          break
        case OpCode.getACL:
          getAcl(reader, xid, this)
          break
        case OpCode.sync:
          sync(reader, xid, this)
          break
        case OpCode.setWatches:
          setWatches(reader, xid, this)
          break
        case OpCode.setWatches2:
          setWatches2(reader, xid, this)
          break
        case OpCode.addWatch:
          addWatch(reader, xid, this)
          break
        case OpCode.checkWatches:
          checkWatches(reader, xid, this)
          break
        case OpCode.removeWatches:
          removeWatches(reader, xid, this)
          break
        case OpCode.getEphemerals:
          getEphemerals(reader, xid, this)
          break
        case OpCode.getAllChildrenNumber:
          getAllChildrenNumber(reader, xid, this)
          break
        case OpCode.multiRead:
          multiRead(reader, xid, this)
          break
        case OpCode.closeSession:
          // Of a local session: one that every server knows is closed by a transaction.
          this.kernel.local.close(this.session)
          this.answered(xid, opcode, arrivedAt, KeeperCode.Ok)
          this.finish()
          return
        case OpCode.whoAmI:
          whoAmI(xid, this)
          break
        default:
          // Also check, which exists inside a multi only.
          this.reply(xid, -1, KeeperCode.Unimplemented)
          this.finish()
          return
      }
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      out.position = start
      out.empty(xid, this.tree.lastProcessedZxid, KeeperCode.MarshallingError)
    }
    this.noteAnswer(xid, opcode, arrivedAt)
  }

  private answered(xid: number, opcode: number, arrivedAt: number, code: number): void {
    this.out.empty(xid, this.tree.lastProcessedZxid, code)
    this.noteAnswer(xid, opcode, arrivedAt)
  }

  /** A reply that stands outside the order of requests. */
  private reply(xid: number, zxid: Zxid, code: number): void {
    this.out.empty(xid, zxid, code)
    this.willSend()
  }

  private noteAnswer(xid: number, opcode: number, arrivedAt: number): void {
    const { now, statistics } = this.kernel
    this.statistics.packetsSent++
    this.statistics.replied(opcode, xid, this.tree.lastProcessedZxid, arrivedAt, now)
    statistics.packetsSent++
    statistics.latencyMs.observe(now - arrivedAt)
    this.willSend()
    if (this.out.position >= FLUSH_BYTES) this.flush()
  }

  // --- authentication

  private authPacket(xid: number): void {
    let packet: ReturnType<typeof AuthPacket.read>
    try {
      packet = AuthPacket.read(this.reader)
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      this.stop()
      return
    }
    const { scheme, auth } = packet
    const result = authenticate({ scheme: scheme ?? '', auth }, this.transport, this.identities, this.auth)
    if (result.outcome === 'accepted') {
      this.identities = result.identities
      this.reply(xid, 0, KeeperCode.Ok)
      return
    }
    this.kernel.logger.warn({ client: this.transport.remoteAddress, scheme }, 'authentication failed')
    this.kernel.statistics.authFailed++
    if (result.outcome === 'dropped') {
      this.stop()
      return
    }
    this.reply(xid, 0, KeeperCode.AuthFailed)
    this.finish()
  }

  private saslPacket(xid: number): void {
    let token: Uint8Array | null
    try {
      token = SaslToken.read(this.reader).token
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      this.stop()
      return
    }
    const { sasl, saslPolicy } = this.kernel
    if (this.exchange === undefined) this.exchange = sasl?.start(this.transport)
    const answer = answerSasl(token, this.exchange, this.identities, saslPolicy)
    if (answer === null) {
      this.stop()
      return
    }
    this.identities = answer.identities
    this.replyToken(xid, answer.code, answer.token)
    if (!answer.close) return
    this.kernel.logger.warn({ client: this.transport.remoteAddress }, 'SASL authentication failed')
    this.kernel.statistics.authFailed++
    this.finish()
  }

  private replyToken(xid: number, code: number, token: Uint8Array | null): void {
    const start = this.out.begin(xid, 0, code)
    this.out.int(token === null ? -1 : token.length)
    if (token !== null) this.out.raw(token)
    this.out.end(start)
    this.willSend()
  }

  // --- watches

  mayRead(acl: number): boolean {
    return checkAcl(this.tree.acls.get(acl), Perms.READ, this.identities, this.auth)
  }

  event(type: number, path: string, zxid: Zxid): void {
    if (this.state !== 'open' || this.ending) return
    const { out } = this
    const start = out.begin(Xid.notification, zxid, KeeperCode.Ok)
    out.int(type)
    out.int(KeeperState.SyncConnected)
    writeString(out, path)
    out.end(start)
    this.kernel.statistics.packetsSent++
    this.statistics.packetsSent++
    this.willSend()
  }

  // --- sending and ending

  private willSend(): void {
    this.kernel.willSend(this)
  }

  /** Hands over what has gathered. */
  flush(): void {
    const { out } = this
    if (out.position === 0 || this.state === 'closed') return
    if (this.transport.write(out.take())) {
      out.released()
      return
    }
    const bytes = out.position
    out.kept()
    const { outputBufferMaxBytes } = this.kernel.settings
    if (this.blocked) {
      this.blockedBytes += bytes
      if (this.blockedBytes > outputBufferMaxBytes * EVENT_BUFFERS) this.giveUp()
    } else if (this.transport.unsentBytes > outputBufferMaxBytes) {
      this.block()
    }
  }

  /** What waits for a peer that does not read is no reason to make others wait. */
  private block(): void {
    this.kernel.inProgress -= this.outstandingRequests
    this.blocked = true
    this.blockedBytes = 0
    this.transport.pause()
  }

  /** Requests wait for a deaf peer, but events do not: it loses the connection, and its client sets watches anew. */
  private giveUp(): void {
    this.kernel.logger.warn(
      { client: this.transport.remoteAddress, unsentBytes: this.transport.unsentBytes },
      'closing a connection that does not take its events',
    )
    this.stop()
  }

  /** The session has ended, or has moved to another connection. */
  sessionGone(): void {
    this.finish()
    this.flush()
  }

  /** Closes after everything that has been answered is out. */
  private finish(): void {
    if (this.ending) return
    this.ending = true
    this.flush()
    this.transport.end()
  }

  /** Closes without a word. */
  private stop(): void {
    this.ending = true
    this.transport.destroy()
  }
}

const NO_FRAME = new Uint8Array(0)

function writeConnectResponse(
  target: Uint8Array,
  at: number,
  timeoutMs: number,
  id: bigint,
  password: Uint8Array,
  withReadOnly: boolean,
  readOnly: boolean,
): void {
  const view = new DataView(target.buffer, target.byteOffset + at, withReadOnly ? 41 : 40)
  view.setInt32(0, view.byteLength - 4)
  view.setInt32(4, 0)
  view.setInt32(8, timeoutMs)
  view.setBigInt64(12, id)
  view.setInt32(20, 16)
  target.set(password, at + 24)
  if (withReadOnly) target[at + 40] = readOnly ? 1 : 0
}

/** What a server that is cut off from the quorum answers NotReadOnly (ReadOnlyRequestProcessor). */
function isRefusedReadOnly(opcode: number, session: Session): boolean {
  if (opcode === OpCode.sync || opcode === OpCode.check) return true
  return isWrite(opcode) && !closesLocal(opcode, session)
}

function closesLocal(opcode: number, { kind }: Session): boolean {
  return opcode === OpCode.closeSession && kind !== 'global'
}
