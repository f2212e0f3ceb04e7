import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestDialer } from '@menagerie/core/contract'

/** A client's raw end of a connection. Reads only while a receive is under way. */
export class SocketDialer implements TestDialer {
  private chunks: Buffer[] = []
  private size = 0
  private over = false
  private wake: () => void = () => {}

  constructor(readonly socket: Socket) {
    socket.on('readable', () => this.wake())
    socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.over = true
        this.wake()
      })
    }
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<SocketDialer> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new SocketDialer(socket)
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  async receive(count: number): Promise<Uint8Array> {
    await this.readUntil(() => this.size >= count)
    if (this.size < count) throw new Error(`the connection ended after ${this.size} of ${count} bytes`)
    const whole = Buffer.concat(this.chunks)
    this.chunks = [whole.subarray(count)]
    this.size -= count
    return whole.subarray(0, count)
  }

  async receiveAll(): Promise<Uint8Array> {
    await this.readUntil(() => false)
    const whole = Buffer.concat(this.chunks)
    this.chunks = []
    this.size = 0
    this.socket.destroy()
    return whole
  }

  end(): void {
    this.socket.end()
  }

  /** Sends a reset where the medium knows one. */
  destroy(): void {
    if ('encrypted' in this.socket) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  private async readUntil(enough: () => boolean): Promise<void> {
    for (;;) {
      for (let chunk: Buffer | null; (chunk = this.socket.read()) !== null; ) {
        this.chunks.push(chunk)
        this.size += chunk.length
        if (enough()) return
      }
      if (enough() || this.over) return
      await new Promise<void>(resolve => (this.wake = resolve))
    }
  }
}
