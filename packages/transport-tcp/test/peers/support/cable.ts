import { connect, createServer, type Server, type Socket } from 'node:net'
import type { PeerAddress, Peers, ServerId } from '@menagerie/core'
import { freePort } from './peers-bench.js'

/** A way through which one server reaches another, as a relay of its own, so that a test can cut it. */
class Cable {
  private readonly sockets = new Set<Socket>()
  private whole = true

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private readonly target: number,
  ) {
    server.on('connection', socket => this.relay(socket))
  }

  static async lay(target: number): Promise<Cable> {
    return new Cable(createServer({ allowHalfOpen: true, noDelay: true }), await freePort(), target)
  }

  /** Before this, whoever dials is refused, as by a machine on which nothing listens. */
  plug(): Promise<void> {
    return new Promise(resolve => this.server.listen(this.port, '127.0.0.1', resolve))
  }

  cut(): void {
    this.whole = false
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  join(): void {
    this.whole = true
  }

  remove(): void {
    this.cut()
    this.server.close()
  }

  private relay(socket: Socket): void {
    if (!this.whole) {
      socket.on('error', () => {})
      socket.resetAndDestroy()
      return
    }
    const other = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ]) {
      this.sockets.add(one)
      one.pipe(two)
      one.on('error', () => two.destroy())
      one.on('close', () => this.sockets.delete(one))
    }
  }
}

/** Servers that reach each other through cables only. */
export class Cabling {
  private readonly cables = new Map<string, Cable>()

  private constructor(private readonly real: Peers) {}

  static async between(real: Peers): Promise<Cabling> {
    const cabling = new Cabling(real)
    for (const from of real.keys()) {
      for (const [to, [address]] of real) {
        if (from === to) continue
        cabling.cables.set(`${from} ${to} q`, await Cable.lay(address.quorumPort))
        cabling.cables.set(`${from} ${to} e`, await Cable.lay(address.electionPort))
      }
    }
    return cabling
  }

  /** The server listens: the others reach it from now on. */
  async plug(to: ServerId): Promise<void> {
    for (const [key, cable] of this.cables) if (key.split(' ')[1] === String(to)) await cable.plug()
  }

  /** The ensemble as this server sees it. */
  peersOf(self: ServerId): Peers {
    return new Map(
      [...this.real].map(([id, addresses]): [ServerId, readonly PeerAddress[]] =>
        id === self
          ? [id, addresses]
          : [
              id,
              [
                {
                  host: '127.0.0.1',
                  quorumPort: this.cables.get(`${self} ${id} q`)!.port,
                  electionPort: this.cables.get(`${self} ${id} e`)!.port,
                },
              ],
            ],
      ),
    )
  }

  cut(a: ServerId, b: ServerId): void {
    for (const cable of this.of(a, b)) cable.cut()
  }

  join(a: ServerId, b: ServerId): void {
    for (const cable of this.of(a, b)) cable.join()
  }

  remove(): void {
    for (const cable of this.cables.values()) cable.remove()
  }

  private of(a: ServerId, b: ServerId): Cable[] {
    return [`${a} ${b} q`, `${a} ${b} e`, `${b} ${a} q`, `${b} ${a} e`].map(key => this.cables.get(key)!)
  }
}
