/**
 * Requests out, replies in: FIFO, as the protocol promises. Requests are gathered in one buffer and
 * leave together at the end of the turn; replies find their requests by order, and the xid proves it.
 */
import { JuteReader, JuteWriter, KeeperCode, OpCode, putInt, Xid } from '@menagerie/core/jute'
import { refusalOf } from './refusal.js'
import { promiseOf, type Request } from './request.js'
import { RequestQueue } from './request-queue.js'
import type { WatchRegistry } from './watch-registry.js'

const XID_MAX = 0x7fff_ffff
/** To begin with: it grows with what is asked at once, so that a connection costs little. */
const OUTBOUND_BYTES = 256
/** Xids that stand for a kind of request, not for one of them: their replies have an order of their own. */
const RESERVED: readonly number[] = [Xid.ping, Xid.auth, Xid.setWatches]
/** A buffer that grew beyond this for one large request is not kept. */
const OUTBOUND_KEPT_BYTES = 1024 * 1024

export interface PipelineActions {
  /** Sends bytes if there is a connection, as Link.write does. Undefined: there is none. */
  write(bytes: Uint8Array): boolean | undefined
  /** A notification, in the order of arrival. `path` is the server's. */
  event(type: number, state: number, path: string, zxid: number): void
  /** Where watches are noted that a reply has left at the server. */
  readonly watches: WatchRegistry
}

export class Pipeline {
  readonly #actions: PipelineActions
  readonly #reader = new JuteReader()
  readonly #header = { xid: 0, zxid: 0, err: 0 }
  readonly #pending = new RequestQueue()
  /** Requests under reserved xids, oldest first. */
  #reserved: Request[] = []
  /** None before something is asked. */
  #outbound = new JuteWriter(0)
  #flushing = false
  #withdrawn = false
  #xid = 0
  /** The newest transaction that any reply has shown. */
  lastZxid: number
  /** The newest transaction when the last persistent watch was set, or all of them after a reconnect. */
  watchesSetAt = 0

  constructor(actions: PipelineActions, lastZxid: number) {
    this.#actions = actions
    this.lastZxid = lastZxid
  }

  /** The request that has waited longest. */
  get oldest(): Request | undefined {
    return this.#pending.first()
  }

  /** Requests without a reply yet, those under reserved xids left out. */
  get size(): number {
    return this.#pending.size
  }

  /** Takes a request; it leaves at the end of this turn, or once there is a connection. */
  submit<T>(request: Request, xid?: number): Promise<T> {
    request.xid = xid ?? this.#nextXid()
    const promise = promiseOf<T>(request)
    try {
      encodeRequest(this.#outbound, request)
    } catch (error) {
      request.reject(error)
      return promise
    }
    if (xid === undefined || !RESERVED.includes(xid)) this.#pending.push(request)
    else this.#reserved.push(request)
    this.#flushSoon()
    return promise
  }

  /**
   * Sends requests under reserved xids ahead of everything that waits: what a new connection has to
   * hear first. Their results are their promises'.
   */
  submitFirst(requests: readonly Request[]): Promise<void>[] {
    const writer = new JuteWriter()
    const promises = requests.map(request => promiseOf<void>(request))
    for (const request of requests) encodeRequest(writer, request)
    this.#reserved.unshift(...requests)
    if (writer.position > 0) this.#actions.write(writer.view())
    return promises
  }

  ping(): void {
    const frame = new Uint8Array(12)
    putInt(frame, 0, 8)
    putInt(frame, 4, Xid.ping)
    putInt(frame, 8, OpCode.ping)
    this.#actions.write(frame)
  }

  /** Takes back a request that waits for a connection: it will not leave. Its promise is the caller's affair. */
  withdraw(request: Request): void {
    request.withdrawn = true
    this.#withdrawn = true
  }

  /** To be called on a new connection before anything is sent: drops what was withdrawn. */
  prune(): void {
    if (!this.#withdrawn) return
    this.#withdrawn = false
    this.#outbound.clear()
    const keep = (request: Request) => {
      if (!request.withdrawn) encodeRequest(this.#outbound, request)
      return !request.withdrawn
    }
    this.#reserved = this.#reserved.filter(keep)
    for (const request of this.#pending.drain().filter(keep)) this.#pending.push(request)
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#flushing = false
    const outbound = this.#outbound
    if (outbound.position === 0) return
    const reusable = this.#actions.write(outbound.view())
    if (reusable === undefined) return
    if (reusable && outbound.bytes.length <= OUTBOUND_KEPT_BYTES) outbound.clear()
    else this.#outbound = new JuteWriter(OUTBOUND_BYTES)
  }

  /** Fails every request, sent or not, oldest first. */
  failAll(errorFor: (request: Request) => Error): void {
    this.#outbound.clear()
    this.#withdrawn = false
    const requests = this.#pending.drain()
    requests.push(...this.#reserved.splice(0))
    for (const request of requests) request.reject(errorFor(request))
  }

  /** One reply or notification. @throws Error if it answers no request: the stream cannot be trusted. */
  frame(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader
    const header = this.#header
    reader.reset(bytes, start, end)
    const xid = (header.xid = reader.int())
    const zxid = (header.zxid = reader.long())
    header.err = reader.int()
    if (xid === Xid.notification) {
      const type = reader.int()
      this.#actions.event(type, reader.int(), reader.ustring() ?? '', zxid)
      return
    }
    if (zxid > this.lastZxid) this.lastZxid = zxid
    if (xid === Xid.setWatches) this.watchesSetAt = this.lastZxid
    if (xid < 0 && RESERVED.includes(xid)) {
      // The client's own pings leave no request behind.
      const index = this.#reserved.findIndex(request => request.xid === xid)
      if (index !== -1) this.#settle(this.#reserved.splice(index, 1)[0])
      return
    }
    const request = this.#pending.first()
    if (request === undefined || request.xid !== xid) {
      throw new Error(`reply to request ${xid}, expected ${request === undefined ? 'none' : request.xid}`)
    }
    this.#pending.shift()
    this.#settle(request)
  }

  #settle(request: Request): void {
    const { operation } = request
    const { err } = this.#header
    if (err !== KeeperCode.Ok && operation.raw !== true) {
      const answer = operation.refused?.(err)
      if (answer === undefined) {
        request.reject(refusalOf(request, err))
        return
      }
      if (request.watcher !== null) this.#actions.watches.add('exist', request.path, request.watcher)
      request.resolve(answer)
      return
    }
    let result: unknown
    try {
      result = operation.decode(this.#reader, request, this.#header)
    } catch (error) {
      request.reject(error)
      return
    }
    if (request.watcher !== null && operation.watch !== undefined) {
      this.#actions.watches.add(operation.watch, request.path, request.watcher)
    }
    request.resolve(result)
  }

  #nextXid(): number {
    this.#xid = this.#xid === XID_MAX ? 1 : this.#xid + 1
    return this.#xid
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(this.#flushNow)
  }

  readonly #flushNow = (): void => this.flush()
}

/** Writes one request with its length and header. When the body cannot be written, nothing is. */
function encodeRequest(writer: JuteWriter, request: Request): void {
  const at = writer.reserve(12)
  try {
    request.operation.encode(writer, request)
  } catch (error) {
    writer.position = at
    throw error
  }
  const { bytes } = writer
  putInt(bytes, at, writer.position - at - 4)
  putInt(bytes, at + 4, request.xid)
  putInt(bytes, at + 8, request.operation.opcode)
}
