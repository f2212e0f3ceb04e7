import { Xid } from '../../jute/codes.js'
import { JuteReader } from '../../jute/reader.js'
import { ConnectResponse, WatcherEvent } from '../../jute/records.js'
import type { Zxid } from '../../zxid.js'
import type { HistoryRecorder, Operation, Reply, Request, SessionChange } from '../history/index.js'
import type { NetworkNode, WireEnd } from '../network/index.js'
import type { SeededRandom, Timeline } from '../time/index.js'
import { decodeReply } from './decoding.js'
import type { ClientDoors } from './doors.js'
import { encodeConnect, encodeDigestAuth, encodeRequest } from './encoding.js'
import { FrameAssembler } from './frames.js'
import { HeldWatches } from './watches.js'

/** What a simulated client is made of. */
export interface SimulatedClientParts {
  readonly name: string
  readonly node: NetworkNode
  readonly timeline: Timeline
  readonly doors: ClientDoors
  /** The servers that it knows. */
  readonly servers: readonly NetworkNode[]
  readonly random: SeededRandom
  readonly recorder: HistoryRecorder
  /** The session timeout that it asks for. */
  readonly timeoutMs: number
  /** `user:password` by the digest scheme, said on each connection. */
  readonly digestAuth?: string
  /** Its session is there, for the first time or again. */
  readonly ready: () => void
  /** The protocol itself was broken: replies out of order, bytes that cannot be read. */
  readonly broken: (message: string) => void
}

interface Pending {
  readonly operation: Operation
  readonly done: (reply: Reply | null) => void
}

type State = 'idle' | 'connecting' | 'handshake' | 'connected' | 'ended'

const NO_PASSWORD = new Uint8Array(16)
/** Waits between a lost connection and the next try, in microseconds. */
const RETRY_MIN_US = 5_000
const RETRY_MAX_US = 120_000
/** Connections of one client, for numbers that no two clients share. */
const CONNECTIONS_MAX = 1_000_000
/** How long a connect request may stay unanswered, in microseconds. */
const HANDSHAKE_TIMEOUT_US = 1_500_000

/**
 * A client that speaks the real protocol, in bytes, and does what real clients do: sends ahead of replies,
 * pings, gives a silent server up, moves to another with its session, its last zxid and its watches. All that it
 * does and sees goes into the history.
 */
export class SimulatedClient {
  sessionId = 0n
  lastZxid: Zxid = 0
  private password: Uint8Array = NO_PASSWORD
  private timeoutMs: number
  private state: State = 'idle'
  private server: NetworkNode = 0
  private end: WireEnd<Uint8Array> | undefined
  private frames = new FrameAssembler()
  private pending: Pending[] = []
  private xid = 0
  private lastSentUs = 0
  private lastReceivedUs = 0
  /** Grows with every connection: what belongs to an earlier one is stale. */
  private generation = 0
  readonly watches = new HeldWatches()

  constructor(private readonly parts: SimulatedClientParts) {
    this.timeoutMs = parts.timeoutMs
  }

  get isConnected(): boolean {
    return this.state === 'connected'
  }

  get hasEnded(): boolean {
    return this.state === 'ended'
  }

  get outstanding(): number {
    return this.pending.length
  }

  /** Connects, and stays connected from then on as well as it can. */
  start(): void {
    this.connect()
  }

  /** After its session has been closed: begins another one. */
  begin(): void {
    if (this.state !== 'ended') return
    this.state = 'idle'
    this.connect()
  }

  /**
   * Sends a request. `done` gets the reply, or null where the connection is lost before it comes. Not to be called
   * unless connected.
   */
  submit(request: Request, done: (reply: Reply | null) => void): void {
    const xid = request.kind === 'ping' ? Xid.ping : request.kind === 'setWatches' ? Xid.setWatches : ++this.xid
    const { name, recorder, timeline } = this.parts
    const { sessionId: session, server } = this
    const connection = this.parts.node * CONNECTIONS_MAX + this.generation
    const operation = recorder.began({ client: name, session, xid, server, connection, request })
    this.pending.push({ operation, done })
    const bytes = encodeRequest(xid, request)
    this.lastSentUs = timeline.nowUs
    this.end!.send(bytes, bytes.length)
  }

  /** Breaks the connection, as a failing machine between the two would; the client then looks for a server. */
  disconnect(): void {
    if (this.state === 'ended' || this.state === 'idle') return
    this.end?.break()
    this.lost()
  }

  /** Falls silent for good: its session is left to expire. */
  die(): void {
    this.disconnect()
    this.state = 'ended'
  }

  private connect(): void {
    if (this.state !== 'idle') return
    const { parts } = this
    this.state = 'connecting'
    this.server = parts.random.pick(parts.servers)
    const generation = ++this.generation
    parts.doors.dial(
      parts.node,
      this.server,
      end => {
        if (generation === this.generation && this.state === 'connecting') this.greet(end)
        else end.break()
      },
      () => {
        if (generation === this.generation) this.lost()
      },
    )
  }

  private greet(end: WireEnd<Uint8Array>): void {
    const { timeline } = this.parts
    const { generation } = this
    this.state = 'handshake'
    this.end = end
    this.frames = new FrameAssembler()
    end.receive({
      item: bytes => {
        if (generation === this.generation) this.received(bytes)
      },
      ended: () => {
        if (generation === this.generation) this.lost()
      },
    })
    if (this.sessionId !== 0n) this.note('asked')
    const bytes = encodeConnect({ id: this.sessionId, password: this.password }, this.parts.timeoutMs, this.lastZxid)
    end.send(bytes, bytes.length)
    timeline.after(HANDSHAKE_TIMEOUT_US, null, () => {
      if (generation === this.generation && this.state === 'handshake') this.disconnect()
    })
  }

  private received(bytes: Uint8Array): void {
    this.lastReceivedUs = this.parts.timeline.nowUs
    const { generation } = this
    this.frames.push(bytes, (all, start, end) => {
      try {
        this.frame(new JuteReader(all, start, end))
      } catch (error) {
        this.parts.broken(`${this.parts.name} cannot read a reply of server ${this.server}: ${String(error)}`)
        this.disconnect()
      }
      return generation === this.generation
    })
  }

  private frame(reader: JuteReader): void {
    if (this.state === 'handshake') {
      this.greeted(reader)
      return
    }
    const [xid, zxid, code] = [reader.int(), reader.long(), reader.int()]
    if (xid === Xid.notification) {
      const { type, path } = WatcherEvent.read(reader)
      this.watches.fired(type, path)
      this.parts.recorder.event({ client: this.parts.name, session: this.sessionId, type, path })
      return
    }
    if (xid === Xid.auth) return
    const at = xid < 0 ? this.pending.findIndex(({ operation }) => operation.xid === xid) : this.firstOrdinary()
    const pending = this.pending[at]
    if (pending === undefined || pending.operation.xid !== xid) {
      this.parts.broken(
        `${this.parts.name} got a reply with xid ${xid}, and waits for ${pending?.operation.xid ?? 'none'}`,
      )
      this.disconnect()
      return
    }
    this.pending.splice(at, 1)
    const { operation, done } = pending
    const reply = decodeReply(operation.request, zxid, code, reader)
    if (zxid > this.lastZxid) this.lastZxid = zxid
    this.watches.replied(operation.request, reply)
    this.parts.recorder.ended(operation, reply)
    if (operation.request.kind === 'close') this.over()
    done(reply)
  }

  private firstOrdinary(): number {
    return this.pending.findIndex(({ operation }) => operation.xid >= 0)
  }

  private greeted(reader: JuteReader): void {
    const response = ConnectResponse.read(reader)
    if (response.timeOut <= 0) {
      this.note('expired')
      this.forgetSession()
      this.end!.break()
      this.lost()
      return
    }
    const isNew = this.sessionId === 0n
    this.sessionId = response.sessionId
    this.password = response.passwd!.slice()
    this.timeoutMs = response.timeOut
    this.state = 'connected'
    this.lastSentUs = this.parts.timeline.nowUs
    if (this.parts.digestAuth !== undefined) {
      const bytes = encodeDigestAuth(this.parts.digestAuth)
      this.end!.send(bytes, bytes.length)
    }
    this.note(isNew ? 'opened' : 'attached')
    if (!this.watches.isEmpty) this.submit(this.watches.request(this.lastZxid), () => {})
    this.watch(this.generation)
    this.parts.ready()
  }

  /** Pings when nothing else is sent, and gives up a server that has fallen silent. */
  private watch(generation: number): void {
    const { timeline } = this.parts
    timeline.after(Math.floor((this.timeoutMs * 1000) / 6), null, () => {
      if (generation !== this.generation || this.state !== 'connected') return
      const limitUs = (this.timeoutMs * 2000) / 3
      if (timeline.nowUs - this.lastReceivedUs > limitUs) {
        this.disconnect()
        return
      }
      const pings = this.pending.some(({ operation }) => operation.xid === Xid.ping)
      if (!pings && timeline.nowUs - this.lastSentUs > limitUs / 2) this.submit({ kind: 'ping' }, () => {})
      this.watch(generation)
    })
  }

  /** The connection is gone; what was asked on it has an unknown fate. */
  private lost(): void {
    if (this.state === 'ended') return
    if (this.state === 'connected') this.note('disconnected')
    this.generation++
    this.state = 'idle'
    this.end = undefined
    const { pending } = this
    this.pending = []
    for (const { done } of pending) done(null)
    const { timeline, random } = this.parts
    timeline.after(random.between(RETRY_MIN_US, RETRY_MAX_US), null, () => this.connect())
  }

  private over(): void {
    this.note('closed')
    this.end?.break()
    this.forgetSession()
    this.generation++
    this.state = 'ended'
    this.pending = []
  }

  private forgetSession(): void {
    this.sessionId = 0n
    this.password = NO_PASSWORD
    this.lastZxid = 0
    this.watches.forget()
  }

  private note(change: SessionChange): void {
    const { name, recorder } = this.parts
    recorder.session({
      client: name,
      session: this.sessionId,
      change,
      server: this.server,
      timeoutMs: this.timeoutMs,
    })
  }
}
