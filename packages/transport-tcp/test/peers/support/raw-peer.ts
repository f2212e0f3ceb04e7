import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { encodeInitialMessage } from '../../../dist/peers/initial-message.js'
import { SocketDialer } from '../../support/socket-dialer.js'

/** The initial message of a server that takes votes at this port of 127.0.0.1. */
export function hello(sid: number, port: number): Uint8Array {
  return encodeInitialMessage(sid, [{ host: '127.0.0.1', port }], false)
}

/** A message behind its length, as the election plane carries it. */
export function framedVote(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 0, bytes.length, ...bytes)
}

/** A port on which somebody listens who speaks bytes. */
export class RawPeer {
  private readonly accepted: SocketDialer[] = []
  private readonly waiters: ((dialer: SocketDialer) => void)[] = []
  private readonly server = createServer({ allowHalfOpen: true }, socket => this.onSocket(socket))

  static async listen(port: number): Promise<RawPeer> {
    const peer = new RawPeer()
    peer.server.listen(port, '127.0.0.1')
    await once(peer.server, 'listening')
    return peer
  }

  static async dial(port: number, ...first: Uint8Array[]): Promise<SocketDialer> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    const dialer = new SocketDialer(socket)
    for (const bytes of first) dialer.send(bytes)
    return dialer
  }

  /** The next connection that nobody has taken yet. */
  async next(): Promise<SocketDialer> {
    return this.accepted.shift() ?? new Promise(resolve => this.waiters.push(resolve))
  }

  /** @param keep Whether the connections that stand go on. */
  close({ keep = false } = {}): void {
    this.server.close()
    if (keep) return
    for (const socket of this.sockets) socket.destroy()
  }

  private readonly sockets = new Set<Socket>()

  private onSocket(socket: Socket): void {
    this.sockets.add(socket)
    const dialer = new SocketDialer(socket)
    const waiter = this.waiters.shift()
    if (waiter === undefined) this.accepted.push(dialer)
    else waiter(dialer)
  }
}
