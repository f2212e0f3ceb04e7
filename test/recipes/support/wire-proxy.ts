import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const LENGTH_BYTES = 4

/**
 * A server's address with a hand on the wire: connections can be cut, new ones be refused, and the reply to a request be
 * lost after the server has carried the request out.
 */
export class WireProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #links = new Set<Link>()
  #refusing = false
  #silent = false
  #drop: { opcode: number; dropped: () => void } | undefined

  private constructor(
    private readonly upstreamPort: number,
    server: Server,
  ) {
    this.#server = server
    server.on('connection', socket => this.#accept(socket))
  }

  static async start(upstreamPort: number): Promise<WireProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WireProxy(upstreamPort, server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Breaks all connections. */
  cut(): void {
    for (const link of this.#links) link.destroy()
  }

  /** Breaks all connections and each new one, until told otherwise. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing
    if (refusing) this.cut()
  }

  /** Lets nothing through in either direction, without breaking a connection, until told otherwise; then what was held back. */
  silence(silent: boolean): void {
    this.#silent = silent
    for (const link of this.#links) link.silence(silent)
  }

  /**
   * The next request with this opcode reaches the server, its reply does not reach the client: the connection breaks
   * instead. Resolves when that has happened.
   */
  dropReplyTo(opcode: number): Promise<void> {
    return new Promise(resolve => {
      this.#drop = { opcode, dropped: resolve }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy()
      return
    }
    const link = new Link(client, connect(this.upstreamPort, '127.0.0.1'), () => this.#links.delete(link))
    this.#links.add(link)
    link.silence(this.#silent)
    let lostXid: number | undefined
    link.onRequest = frame => {
      if (this.#drop?.opcode === frame.readInt32BE(LENGTH_BYTES + 4)) lostXid = frame.readInt32BE(LENGTH_BYTES)
      return true
    }
    link.onReply = frame => {
      if (lostXid === undefined || frame.readInt32BE(LENGTH_BYTES) !== lostXid) return true
      link.destroy()
      this.#drop?.dropped()
      this.#drop = undefined
      return false
    }
  }
}

/** One connection through the proxy, frame by frame. A callback returns whether the frame goes on. */
class Link {
  onRequest: (frame: Buffer) => boolean = () => true
  onReply: (frame: Buffer) => boolean = () => true

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    closed: () => void,
  ) {
    pipeFrames(client, server, frame => this.onRequest(frame))
    pipeFrames(server, client, frame => this.onReply(frame))
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.destroy()
        closed()
      })
    }
  }

  silence(silent: boolean): void {
    for (const socket of [this.client, this.server]) {
      if (silent) socket.pause()
      else socket.resume()
    }
  }

  destroy(): void {
    this.client.destroy()
    this.server.destroy()
  }
}

function pipeFrames(from: Socket, to: Socket, pass: (frame: Buffer) => boolean): void {
  let bytes = Buffer.alloc(0)
  // The first frame of each side is the handshake, which has no xid.
  let handshake = true
  from.on('data', chunk => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= LENGTH_BYTES && bytes.length >= LENGTH_BYTES + bytes.readInt32BE(0)) {
      const end = LENGTH_BYTES + bytes.readInt32BE(0)
      const frame = bytes.subarray(0, end)
      bytes = bytes.subarray(end)
      if ((handshake || pass(frame)) && !to.destroyed) to.write(frame)
      handshake = false
    }
  })
  from.on('end', () => to.end())
}
