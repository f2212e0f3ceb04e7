import { connect, type Socket } from 'node:net'
import { OpCode, Xid } from '@menagerie/core/jute'
import { type ConnectOptions, concat, connectRequest, header } from '../../support/requests.js'

export interface Reply {
  readonly xid: number
  readonly zxid: number
  readonly err: number
  readonly body: Buffer
}

interface Pending {
  readonly xid: number
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** No mutation is likely to make it. */
const PONG_XID = 0x5eed5eed

/**
 * A client that pipelines: every call is sent at once and gets its own promise. Replies have to come in
 * the order of the calls, or all calls fail. Events are collected.
 */
export class WireClient {
  sessionId = 0n
  passwd: Uint8Array = new Uint8Array(16)
  timeoutMs = 0
  readonly events: Buffer[] = []
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>
  private readonly pending: Pending[] = []
  private chunks: Buffer[] = []
  private length = 0
  private xid = 0
  private unasked: ((reply: Reply) => void) | undefined
  private handshake: { resolve(): void; reject(error: Error): void } | undefined

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true)
    socket.on('data', chunk => this.receive(chunk))
    socket.on('error', () => {})
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        this.fail(new Error('the server closed the connection'))
        resolve()
      })
    })
  }

  /** Connects and opens a session. Rejects where the server closes instead, or refuses the session. */
  static async open(port: number, options: ConnectOptions = {}): Promise<WireClient> {
    const client = await WireClient.dial(port)
    await client.connectSession(options)
    return client
  }

  /** Only the socket. */
  static dial(port: number): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new WireClient(socket))
      })
    })
  }

  /** Rejects where the server closes instead, or refuses the session. */
  async connectSession(options: ConnectOptions = {}): Promise<void> {
    if (!(await this.attach(options))) throw new Error('the session was refused')
  }

  /** Asks for a session; false: it is refused, as one that has expired. Rejects where the server closes instead. */
  async attach(options: ConnectOptions = {}): Promise<boolean> {
    const answered = new Promise<void>((resolve, reject) => {
      this.handshake = { resolve, reject }
    })
    this.write(connectRequest(options))
    await answered
    return this.sessionId !== 0n
  }

  call(opcode: number, body: Uint8Array = new Uint8Array(0), xid?: number): Promise<Reply> {
    const used = xid ?? this.nextXid()
    const reply = new Promise<Reply>((resolve, reject) => {
      this.pending.push({ xid: used, resolve, reject })
    })
    reply.catch(() => {}) // whoever awaits it sees the failure
    this.write(concat(header(used, opcode), body))
    return reply
  }

  ping(): Promise<Reply> {
    return this.call(OpCode.ping, undefined, Xid.ping)
  }

  /**
   * Whether a ping is answered before the connection closes. Replies that nobody asked for by
   * {@link call} are passed over: for clients that wrote frames of their own.
   */
  pong(): Promise<boolean> {
    const xid = PONG_XID
    return new Promise(resolve => {
      this.unasked = reply => {
        if (reply.xid === xid) resolve(true)
      }
      this.closed.then(() => resolve(false))
      // An operation whose reply repeats the xid: a ping's is always the same.
      this.write(concat(header(xid, OpCode.whoAmI)))
    })
  }

  nextXid(): number {
    return ++this.xid
  }

  /** One frame. */
  write(content: Uint8Array): void {
    if (this.socket.destroyed) return
    const length = Buffer.alloc(4)
    length.writeInt32BE(content.length)
    this.socket.write(Buffer.concat([length, content]))
  }

  /** Ends the session in order. */
  async close(): Promise<void> {
    await this.call(OpCode.closeSession)
    await this.closed
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Cuts the connection by a RST. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.length += chunk.length
    if (this.length < 4 || this.length < 4 + this.announced()) return
    let bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks)
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      const end = 4 + bytes.readInt32BE(0)
      this.frame(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    this.chunks = bytes.length > 0 ? [bytes] : []
    this.length = bytes.length
  }

  private announced(): number {
    if (this.chunks[0].length < 4) this.chunks = [Buffer.concat(this.chunks)]
    return this.chunks[0].readInt32BE(0)
  }

  private frame(bytes: Buffer): void {
    if (this.handshake !== undefined) {
      this.timeoutMs = bytes.readInt32BE(4)
      this.sessionId = bytes.readBigInt64BE(8)
      this.passwd = Uint8Array.from(bytes.subarray(20, 36))
      this.handshake.resolve()
      this.handshake = undefined
      return
    }
    const reply: Reply = {
      xid: bytes.readInt32BE(0),
      zxid: Number(bytes.readBigInt64BE(4)),
      err: bytes.readInt32BE(12),
      body: bytes.subarray(16),
    }
    if (reply.xid === Xid.notification) {
      this.events.push(reply.body)
      return
    }
    if (this.unasked !== undefined) {
      this.unasked(reply)
      return
    }
    const next = this.pending.shift()
    if (next === undefined || next.xid !== reply.xid) {
      this.socket.destroy()
      next?.reject(new Error(`reply to ${reply.xid} where ${next.xid} was due`))
    } else {
      next.resolve(reply)
    }
  }

  private fail(error: Error): void {
    this.handshake?.reject(error)
    this.handshake = undefined
    for (const { reject } of this.pending.splice(0)) reject(error)
  }
}
