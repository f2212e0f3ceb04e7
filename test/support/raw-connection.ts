import { connect, type Socket } from 'node:net'

/**
 * A client connection without any interpretation: it sends the bytes it is given and hands out the
 * frames that come, in order. What arrives after the last whole frame is kept for {@link leftover}.
 */
export class RawConnection {
  private readonly frames: Uint8Array[] = []
  private readonly waiting: (() => void)[] = []
  private pending = Buffer.alloc(0)
  private ended = false

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true)
    socket.on('data', bytes => this.receive(bytes))
    socket.on('error', () => this.finish())
    socket.on('end', () => this.finish())
    socket.on('close', () => this.finish())
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new RawConnection(socket))
      })
    })
  }

  get closed(): boolean {
    return this.ended && this.frames.length === 0
  }

  /** Bytes as they are: no length is put before them. A connection that is closed swallows them. */
  write(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** One frame: the length, then the bytes. */
  writeFrame(bytes: Uint8Array): void {
    this.write(frame(bytes))
  }

  /** The next frame's content, or null once the server has closed. Rejects when neither comes in time. */
  async next(timeoutMs = 30_000): Promise<Uint8Array | null> {
    if (this.frames.length === 0 && !this.ended) await this.arrival(timeoutMs)
    return this.frames.shift() ?? null
  }

  get leftover(): Uint8Array {
    return this.pending
  }

  /** Closes this side at once, without a word to the server. */
  destroy(): void {
    this.socket.destroy()
    this.finish()
  }

  private arrival(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no frame and no close within ${timeoutMs} ms`)), timeoutMs)
      this.waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  private receive(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes])
    while (this.pending.length >= 4) {
      const length = this.pending.readInt32BE(0)
      if (length < 0 || this.pending.length < 4 + length) break
      this.frames.push(Uint8Array.from(this.pending.subarray(4, 4 + length)))
      this.pending = this.pending.subarray(4 + length)
    }
    if (this.frames.length > 0) this.wake()
  }

  private finish(): void {
    this.ended = true
    this.wake()
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume()
  }
}

/** Puts the length of a frame before its content. */
export function frame(content: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(4 + content.length)
  framed.writeInt32BE(content.length, 0)
  framed.set(content, 4)
  return framed
}
