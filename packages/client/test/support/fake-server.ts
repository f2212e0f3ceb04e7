/** A server in memory that does what a test tells it, byte by byte. */

import type { Dialer, Link, LinkHandler, ServerAddress } from '@menagerie/client'
import {
  ConnectRequest,
  ConnectResponse,
  JuteReader,
  JuteWriter,
  ReplyHeader,
  WatcherEvent,
} from '@menagerie/core/jute'

/** A request as it arrived. */
export interface Received {
  readonly xid: number
  readonly opcode: number
  readonly body: Uint8Array
}

/** Each dial waits here for the test to take it up. */
export class FakeNetwork implements Dialer {
  readonly #dialled = new Waiting<FakePeer>()
  /** Links that the client has opened so far. */
  dials = 0

  dial(address: ServerAddress, handler: LinkHandler): Link {
    this.dials++
    const peer = new FakePeer(address, handler)
    this.#dialled.put(peer)
    return peer.link
  }

  /** The next link that the client opens, not yet standing. */
  next(): Promise<FakePeer> {
    return this.#dialled.take()
  }

  /** Takes up the next link and welcomes the session. */
  async welcome(options?: WelcomeOptions): Promise<FakePeer> {
    const peer = await this.next()
    peer.open()
    await peer.hello()
    peer.send(welcome(options))
    return peer
  }
}

export interface WelcomeOptions {
  readonly timeoutMs?: number
  readonly sessionId?: bigint
  /** Undefined: a response of 36 bytes, as servers before 3.4 send. */
  readonly readOnly?: boolean | undefined
}

export function welcome(options: WelcomeOptions = { readOnly: false }): Uint8Array {
  const writer = new JuteWriter()
  const passwd = new Uint8Array(16).fill(7)
  const { timeoutMs = 6000, sessionId = 0x1000_0000_0000_0001n, readOnly } = options
  ConnectResponse.write(writer, { protocolVersion: 0, timeOut: timeoutMs, sessionId, passwd })
  if (readOnly !== undefined) writer.bool(readOnly)
  return framed(writer)
}

/** A reply with a body. */
export function reply(xid: number, body: (writer: JuteWriter) => void = () => {}, err = 0, zxid = 1): Uint8Array {
  const writer = new JuteWriter()
  ReplyHeader.write(writer, { xid, zxid, err })
  body(writer)
  return framed(writer)
}

export function notification(type: number, path: string, zxid = -1): Uint8Array {
  return reply(-1, writer => WatcherEvent.write(writer, { type, state: 3, path }), 0, zxid)
}

export function framed(writer: JuteWriter): Uint8Array {
  const body = writer.take()
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setInt32(0, body.length)
  frame.set(body, 4)
  return frame
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** The server's end of one link. */
export class FakePeer {
  readonly address: ServerAddress
  readonly link: Link
  readonly #handler: LinkHandler
  readonly #frames = new Waiting<Uint8Array>()
  #closed = false
  /** Calls of write. */
  writes = 0
  /** What write answers: whether the array is the client's again. */
  releases = true
  /** Arrays that the client has given away. */
  readonly kept: { readonly array: Uint8Array; readonly copy: Uint8Array }[] = []

  constructor(address: ServerAddress, handler: LinkHandler) {
    this.address = address
    this.#handler = handler
    this.link = {
      write: bytes => this.#written(bytes),
      destroy: () => this.close(),
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  open(): void {
    this.#handler.open()
  }

  /** Bytes for the client, in an array that is overwritten right after. */
  send(...parts: Uint8Array[]): void {
    const bytes = concat(...parts)
    this.#handler.data(bytes, 0, bytes.length)
    bytes.fill(0xee)
  }

  close(error?: Error): void {
    if (this.#closed) return
    this.#closed = true
    queueMicrotask(() => this.#handler.closed(error))
  }

  /** The connect request, the readOnly byte apart. */
  async hello(): Promise<ConnectRequest & { readonly length: number; readonly readOnly: boolean }> {
    const bytes = await this.#frames.take()
    const reader = new JuteReader(bytes)
    return { ...ConnectRequest.read(reader), length: bytes.length, readOnly: reader.bool() }
  }

  /** The next request. */
  async request(): Promise<Received> {
    const bytes = await this.#frames.take()
    const reader = new JuteReader(bytes)
    return { xid: reader.int(), opcode: reader.int(), body: bytes.subarray(8) }
  }

  /** Requests that have arrived and were not taken. */
  get waiting(): number {
    return this.#frames.size
  }

  #written(bytes: Uint8Array): boolean {
    this.writes++
    if (!this.releases) this.kept.push({ array: bytes, copy: bytes.slice() })
    const reader = new JuteReader(bytes)
    while (reader.remaining > 0) {
      const frame = reader.buffer()
      if (frame !== null) this.#frames.put(frame.slice())
    }
    return this.releases
  }
}

/** A queue whose taker waits. */
class Waiting<T> {
  readonly #values: T[] = []
  readonly #takers: ((value: T) => void)[] = []

  get size(): number {
    return this.#values.length
  }

  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#values.push(value)
    else taker(value)
  }

  take(): Promise<T> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift() as T)
    return new Promise(resolve => this.#takers.push(resolve))
  }
}
