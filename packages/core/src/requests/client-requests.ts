import type { AuthenticatorRegistry } from '../auth/registry.js'
import { KeeperCode, OpCode } from '../jute/codes.js'
import { type JuteReader, MarshallingError } from '../jute/reader.js'
import type { Identity, SaslExchange } from '../seams/authenticator.js'
import type { ClientConnection } from '../seams/client-listener.js'
import type { WatchDispatcher, Watcher } from '../seams/watch-dispatcher.js'
import type { Session } from '../sessions/session.js'
import type { ApplyResult, DataTree } from '../tree/data-tree.js'
import type { Zxid } from '../zxid.js'
import { type AuthAnswer, answerAuth, answerSaslToken, writeAuthReply } from './auth-requests.js'
import type { ClientRequestsHost } from './client-requests-host.js'
import type { Outgoing } from './outgoing.js'
import { Output } from './output.js'
import type { Proposal, ProposalOrigin } from './proposal.js'
import { answerRead } from './read/answer-read.js'
import type { ReaderContext } from './read/reader-context.js'
import type { ReplyQueue } from './reply-queue.js'
import { replyToWrite } from './write-reply.js'
import { createsEphemeral, isWrite, readWriteRequest, type WriteRequest } from './write-request.js'

/** Length of a request's header: xid and opcode. */
const HEADER_BYTES = 8
const NO_FRAME = new Uint8Array(0)

/** The connection that the requests come by. */
export interface RequestSource extends ProposalOrigin, Watcher {
  readonly transport: ClientConnection
  /** Keeps a frame, and whatever comes after it, until {@link goOn}. */
  postpone(frame: Uint8Array): void
  goOn(): void
}

/**
 * The requests of one client with a session, and the order of their replies, which is theirs.
 *
 * Reads are answered in the turn they arrive unless a write of this client is still under way; then they wait behind
 * it, while further writes are proposed at once.
 */
export class ClientRequests implements ReaderContext {
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly auth: AuthenticatorRegistry
  readonly out: Output
  identities: readonly Identity[]
  /** There is one once the connection is open. */
  session!: Session
  /** Whether the client was told that only reads are served. */
  readOnly = false
  private readonly reader: JuteReader
  /** Syncs that the leader has not released. */
  private syncsHeld = 0
  private exchange: SaslExchange | undefined

  constructor(
    private readonly host: ClientRequestsHost,
    readonly watcher: RequestSource,
    private readonly queue: ReplyQueue,
    private readonly outgoing: Outgoing,
  ) {
    this.tree = host.tree
    this.watches = host.watches
    this.auth = host.auth
    this.reader = host.reader
    this.out = outgoing.out
    this.identities = host.auth.identify(watcher.transport)
  }

  /** One request, in the array that the listener gave it in: what outlives this call is copied. */
  request(bytes: Uint8Array, start: number, end: number): void {
    const { reader } = this
    if (end - start < HEADER_BYTES) {
      this.outgoing.stop()
      return
    }
    reader.reset(bytes, start, end)
    const xid = reader.int()
    const opcode = reader.int()
    if (opcode === OpCode.auth || opcode === OpCode.sasl) {
      this.authenticate(xid, opcode, this.host.kept.copy(bytes, start + HEADER_BYTES, end))
      return
    }
    if (this.host.enforcement.enabled) {
      const refusal = this.host.enforcement.refusal(opcode, this.identities)
      if (refusal !== null) {
        this.replyAside(xid, 0, refusal)
        this.outgoing.finish()
        return
      }
    }
    if (this.readOnly && isRefusedReadOnly(opcode, this.session)) this.refuse(xid, opcode, KeeperCode.NotReadOnly)
    // A write does not overtake a sync: reads that wait between them must not see it. All that comes after it waits too.
    else if (isWrite(opcode) && this.syncsHeld > 0) this.watcher.postpone(this.host.kept.copy(bytes, start, end))
    else if (isWrite(opcode) && !closesLocal(opcode, this.session))
      this.write(xid, opcode, this.host.kept.copy(bytes, start + HEADER_BYTES, end))
    else if (opcode === OpCode.sync && !this.host.syncsAtOnce)
      this.sync(xid, opcode, this.host.kept.copy(bytes, start, end))
    else if (this.answersAtOnce) this.answer(xid, opcode, this.host.now)
    else this.push(xid, opcode, this.host.kept.copy(bytes, start, end))
  }

  /** Whether a request that comes now is the next to be answered. */
  private get answersAtOnce(): boolean {
    return this.queue.isEmpty && !this.outgoing.isBehind
  }

  private push(xid: number, opcode: number, frame: Uint8Array | null, refusal: number = KeeperCode.Ok) {
    return this.queue.push(xid, opcode, frame, this.host.now, refusal)
  }

  /** Answers with a code in the request's turn; it takes no zxid. */
  private refuse(xid: number, opcode: number, code: number): void {
    if (this.answersAtOnce) this.outgoing.empty(xid, opcode, this.host.now, code)
    else this.push(xid, opcode, NO_FRAME, code)
  }

  // --- writes and syncs

  private write(xid: number, opcode: number, body: Uint8Array): void {
    let request: WriteRequest
    this.reader.reset(body, 0, body.length)
    try {
      request = readWriteRequest(opcode, this.reader)
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
      this.refuse(xid, opcode, KeeperCode.MarshallingError)
      return
    }
    if (this.session.kind === 'local' && !this.host.local.upgradable && createsEphemeral(request)) {
      this.refuse(xid, opcode, KeeperCode.EphemeralOnLocalSession)
      return
    }
    this.submit(request, xid, opcode, body)
  }

  /** Takes the request's place in the order of replies, and puts it to the leader. */
  submit(request: WriteRequest, xid: number, opcode: number, body: Uint8Array): void {
    this.push(xid, opcode, null)
    this.host.submit(request, this.session, { identities: this.identities, cxid: xid, origin: this.watcher, body })
  }

  /** A sync: answered in its turn, and not before the leader has released it. */
  private sync(xid: number, opcode: number, frame: Uint8Array): void {
    const entry = this.push(xid, opcode, frame)
    entry.held = true
    this.syncsHeld++
    this.host.sync(this.session, xid, frame.subarray(HEADER_BYTES), () => {
      entry.held = false
      this.syncsHeld--
      if (this.outgoing.isGone) return
      this.serveWaiting()
      if (this.syncsHeld === 0) this.watcher.goOn()
      this.host.connections.endOfTurn()
    })
  }

  // --- in turn

  /** A write of this client has been applied: answers it in its turn, and what waited behind it. */
  committed(proposal: Proposal, result: ApplyResult): void {
    const head = this.queue.head!
    if (head.frame !== null || head.reply !== null) {
      this.keepReply(proposal, result)
      return
    }
    this.queue.shift()
    replyToWrite(this.out, head.xid, proposal.header.zxid, result, this.tree)
    this.outgoing.replied(head.xid, head.opcode, head.arrivedAt)
    if (head.opcode === OpCode.closeSession || result.code === KeeperCode.SessionMoved) this.outgoing.finish()
    this.serveWaiting()
  }

  /** A write is durable while reads ahead of it wait for the client to read: its reply waits behind them. */
  private keepReply({ header }: Proposal, result: ApplyResult): void {
    const entry = this.queue.firstUncommitted()
    if (entry === undefined) return
    const out = new Output(this.host.outputs)
    replyToWrite(out, entry.xid, header.zxid, result, this.tree)
    entry.reply = out.take().slice()
    out.released()
  }

  /** Serves what waits, up to the next one that is not yet durable or released. */
  serveWaiting(): void {
    const { queue, outgoing } = this
    for (let head = queue.head; head !== undefined; head = queue.head) {
      if (outgoing.isBehind || outgoing.isEnding || head.held) return
      const { xid, opcode, frame, arrivedAt, refusal, reply } = head
      if (frame === null && reply === null) return
      queue.shift()
      if (reply !== null) {
        this.out.raw(reply)
        outgoing.replied(xid, opcode, arrivedAt)
        if (opcode === OpCode.closeSession) outgoing.finish()
      } else if (refusal !== KeeperCode.Ok) {
        outgoing.empty(xid, opcode, arrivedAt, refusal)
      } else {
        this.reader.reset(frame!, HEADER_BYTES, frame!.length)
        this.answer(xid, opcode, arrivedAt)
      }
    }
  }

  /** Answers a read whose record {@link reader} stands at. */
  private answer(xid: number, opcode: number, arrivedAt: number): void {
    const { outgoing } = this
    // Heartbeats can wait for a flush; clients that read would notice.
    if (opcode !== OpCode.ping) this.host.readsAnswered++
    if (this.session.closing) outgoing.empty(xid, opcode, arrivedAt, KeeperCode.SessionExpired)
    else if (answerRead(opcode, this.reader, xid, this)) outgoing.replied(xid, opcode, arrivedAt)
    else if (opcode === OpCode.closeSession) {
      // Of a local session: one that every server knows is closed by a transaction.
      this.host.local.close(this.session)
      outgoing.empty(xid, opcode, arrivedAt, KeeperCode.Ok)
      outgoing.finish()
    } else {
      // Also check, which exists inside a multi only.
      this.replyAside(xid, -1, KeeperCode.Unimplemented)
      outgoing.finish()
    }
  }

  // --- out of turn

  /** A reply that stands outside the order of requests. */
  private replyAside(xid: number, zxid: Zxid, code: number): void {
    this.out.empty(xid, zxid, code)
    this.outgoing.repliedAside()
  }

  private authenticate(xid: number, opcode: number, body: Uint8Array): void {
    const { host, reader, outgoing, watcher } = this
    reader.reset(body, 0, body.length)
    const asker = { transport: watcher.transport, identities: this.identities }
    let answer: AuthAnswer
    if (opcode === OpCode.auth) answer = answerAuth(reader, asker, this.auth)
    else {
      this.exchange ??= host.sasl?.start(watcher.transport)
      answer = answerSaslToken(reader, asker, this.exchange, host.saslPolicy)
    }
    const { identities, code, token, failure } = answer
    this.identities = identities
    if (failure !== undefined) {
      host.logger.warn({ client: watcher.transport.remoteAddress, ...failure }, 'authentication failed')
      host.statistics.authFailed++
    }
    if (code === null) {
      outgoing.stop()
      return
    }
    writeAuthReply(this.out, xid, code, token)
    outgoing.repliedAside()
    if (failure !== undefined) outgoing.finish()
  }
}

/** What a server that is cut off from the quorum answers NotReadOnly (ReadOnlyRequestProcessor). */
function isRefusedReadOnly(opcode: number, session: Session): boolean {
  if (opcode === OpCode.sync || opcode === OpCode.check) return true
  return isWrite(opcode) && !closesLocal(opcode, session)
}

function closesLocal(opcode: number, { kind }: Session): boolean {
  return opcode === OpCode.closeSession && kind !== 'global'
}
