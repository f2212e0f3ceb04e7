import net from 'node:net'
import { FrameScanner, REPLY_HEAD, readInt } from './frame-scanner.js'
import { closeFrame, connectFrame, XID_AT } from './frames.js'

const NOTIFICATION_XID = -1
const SESSION_TIMEOUT_MS = 40_000

/**
 * What every socket reads into. libuv fills it and calls back in the same breath, and the scanner keeps nothing of
 * it, so that all connections can share one buffer, which then stays in the processor's cache.
 */
const incoming = Buffer.alloc(256 * 1024)

/** Takes the replies of a connection instead of {@link Connection.call}. */
export interface ReplySink {
  reply(xid: number, err: number): void
  /** Once per chunk, after its replies: the turn in which to write. */
  endOfChunk(): void
  /** The connection is gone; nothing follows. */
  closed(reason: string): void
}

/** One session on a raw socket, with as little between the bytes and the load as can be. */
export class Connection {
  private readonly socket: net.Socket
  private readonly scanner = new FrameScanner(REPLY_HEAD, (bytes, at) => this.head(bytes, at))
  private readonly waiting: { resolve: (err: number) => void; reject: (error: Error) => void }[] = []
  private accepted: { resolve: () => void; reject: (error: Error) => void } | null
  private failure: string | null = null
  private lastXid = 0
  private sink: ReplySink | null = null
  private readonly gone: Promise<void>
  /** Called for each watch event. */
  onEvent: () => void = () => {}

  private constructor(
    port: number,
    accepted: { resolve: () => void; reject: (error: Error) => void },
    signal?: AbortSignal,
  ) {
    this.accepted = accepted
    const onread = { buffer: incoming, callback: (length: number) => this.chunk(length) }
    this.socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread, signal })
    this.socket.once('connect', () => this.socket.write(connectFrame(SESSION_TIMEOUT_MS)))
    this.socket.on('error', error => this.fail(error.message))
    this.gone = new Promise(resolve => {
      this.socket.once('close', () => {
        this.fail('the server closed the connection')
        resolve()
      })
    })
  }

  /** Resolves with a connection whose session the server has granted. The signal ends it whatever it is doing. */
  static open(port: number, signal?: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, { resolve: () => resolve(connection), reject }, signal)
    })
  }

  /** Sends a frame under a xid of its own, behind earlier ones, and resolves with the err of its reply. */
  call(frame: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) {
        reject(new Error(this.failure))
        return
      }
      frame.writeInt32BE(++this.lastXid, XID_AT)
      this.waiting.push({ resolve, reject })
      this.socket.write(Buffer.from(frame))
    })
  }

  /** As {@link call}, for set-up steps that have to succeed. */
  async must(frame: Buffer): Promise<void> {
    const err = await this.call(frame)
    if (err !== 0) throw new Error(`a set-up request was answered err ${err}`)
  }

  /** Hands the replies over; the xid that the next request is to carry. */
  attach(sink: ReplySink): number {
    this.sink = sink
    return this.lastXid + 1
  }

  /** Gives the replies back to {@link call}; `lastXid` is the last one sent meanwhile. */
  detach(lastXid: number): void {
    this.sink = null
    this.lastXid = lastXid
  }

  /** The bytes stay the caller's, who leaves them alone until the replies to them are there. */
  write(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** Two pieces in one write to the socket. */
  writeBoth(first: Buffer, second: Buffer): void {
    this.socket.cork()
    this.socket.write(first)
    this.socket.write(second)
    this.socket.uncork()
  }

  /** Ends the session as a client does, and resolves when the socket is gone. */
  async close(): Promise<void> {
    const err = await this.call(closeFrame())
    this.socket.end()
    await this.gone
    if (err !== 0) throw new Error(`closeSession was answered err ${err}`)
  }

  destroy(): void {
    this.socket.destroy()
  }

  private chunk(length: number): boolean {
    try {
      this.scanner.push(incoming, length)
      this.sink?.endOfChunk()
    } catch (error) {
      this.fail((error as Error).message)
      this.socket.destroy()
    }
    return true
  }

  private head(bytes: Buffer, at: number): void {
    if (this.accepted !== null) {
      // A connect response: the timeout stands where a reply has the upper half of its zxid.
      if (readInt(bytes, at + 8) <= 0) throw new Error('the server refused the session')
      const { resolve } = this.accepted
      this.accepted = null
      resolve()
      return
    }
    const xid = readInt(bytes, at + 4)
    if (xid === NOTIFICATION_XID) {
      this.onEvent()
      return
    }
    const err = readInt(bytes, at + 16)
    if (this.sink !== null) this.sink.reply(xid, err)
    else this.waiting.shift()?.resolve(err)
  }

  private fail(reason: string): void {
    if (this.failure !== null) return
    this.failure = reason
    const error = new Error(reason)
    this.accepted?.reject(error)
    for (const { reject } of this.waiting.splice(0)) reject(error)
    this.sink?.closed(reason)
  }
}

/**
 * Opens sessions, a few at a time: the accept queues of servers are short.
 * @param ports of one server, or of several that take the sessions in turn
 */
export async function openConnections(ports: number | readonly number[], count: number): Promise<Connection[]> {
  const connections: Connection[] = []
  const each = [ports].flat()
  try {
    while (connections.length < count) {
      const from = connections.length
      const batch = Array.from({ length: Math.min(32, count - from) }, (_, index) =>
        Connection.open(each[(from + index) % each.length]),
      )
      connections.push(...(await Promise.all(batch)))
    }
  } catch (error) {
    for (const connection of connections) connection.destroy()
    throw error
  }
  return connections
}

export async function closeConnections(connections: readonly Connection[]): Promise<void> {
  await Promise.all(connections.map(connection => connection.close()))
}
