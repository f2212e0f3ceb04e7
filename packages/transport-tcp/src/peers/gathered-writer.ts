import type { Socket } from 'node:net'
import type { Clock } from '@menagerie/core'

/**
 * What gathers in one turn becomes arrays of about this size, each one write. Measured on loopback with packets of
 * 150 bytes: 7.5 microseconds of CPU for each when written one by one, 0.9 when 64 are copied together, 1.3 when
 * they go out as one vector.
 */
const GATHER_BYTES = 1 << 16
/** Packets from here on are written as they are: the system copies them anyway. */
const LARGE_BYTES = 1 << 14

/** Writes to a socket once a turn, and knows how much of it is unsent. */
export class GatheredWriter {
  private pending: Uint8Array[] = []
  private pendingBytes = 0
  private scheduled = false
  private ended = false
  private waiters: (() => void)[] = []

  constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
    private readonly highWaterBytes: number,
  ) {}

  /** Queues bytes, which belong to the writer from now on. False: more is unsent than should be. */
  write(bytes: Uint8Array): boolean {
    const large = bytes.length >= LARGE_BYTES
    if (large) this.flush()
    this.pending.push(bytes)
    this.pendingBytes += bytes.length
    if (large || this.pendingBytes >= GATHER_BYTES) this.flush()
    else if (!this.scheduled) {
      this.scheduled = true
      this.clock.defer(() => {
        this.scheduled = false
        this.flush()
      })
    }
    return !this.full
  }

  /** Resolves once there is room, or after the end. */
  drained(): Promise<void> {
    if (this.ended || !this.full) return Promise.resolve()
    return new Promise(resolve => this.waiters.push(resolve))
  }

  /** Hands the queue to the socket. */
  flush(): void {
    const { pending, pendingBytes, socket } = this
    if (pending.length === 0 || this.ended) return
    this.pending = []
    this.pendingBytes = 0
    socket.write(pending.length === 1 ? pending[0] : together(pending, pendingBytes), this.onWritten)
  }

  /** Nothing more is queued, and nobody waits for room any longer. */
  end(): void {
    this.ended = true
    this.pending = []
    this.release()
  }

  private get full(): boolean {
    return this.pendingBytes + this.socket.writableLength > this.highWaterBytes
  }

  /** Half empty, so that whoever waited has something to do. */
  private readonly onWritten = (): void => {
    if (this.waiters.length > 0 && this.pendingBytes + this.socket.writableLength <= this.highWaterBytes / 2)
      this.release()
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve()
  }
}

function together(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = Buffer.allocUnsafe(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
