import { putInt, putLong } from '../jute/writer.js'
import type { Zxid } from '../zxid.js'

/** Room for the replies to a full read of a client that pipelines: a buffer that has to grow is not pooled. */
const POOLED_BYTES = 64 * 1024
const POOLED_MAX = 64

/**
 * Buffers that connections write replies into, handed back when their bytes have left. An idle
 * connection holds none.
 */
export class OutputPool {
  private readonly free: Uint8Array[] = []

  take(): Uint8Array {
    return this.free.pop() ?? new Uint8Array(POOLED_BYTES)
  }

  give(buffer: Uint8Array): void {
    if (buffer.length === POOLED_BYTES && this.free.length < POOLED_MAX) this.free.push(buffer)
  }
}

/** Length, xid, zxid and error code: what every reply begins with. */
export const REPLY_HEADER_BYTES = 20

/** The frames that one connection has been answered and that have not been handed to it yet. */
export class Output {
  bytes: Uint8Array = NOTHING
  position = 0

  constructor(private readonly pool: OutputPool) {}

  /** Makes room for `count` bytes and returns where they start; take `bytes` only after. */
  reserve(count: number): number {
    const at = this.position
    const end = at + count
    if (end > this.bytes.length) this.grow(end)
    this.position = end
    return at
  }

  private grow(needed: number): void {
    if (this.bytes === NOTHING && needed <= POOLED_BYTES) {
      this.bytes = this.pool.take()
      return
    }
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2, POOLED_BYTES))
    larger.set(this.bytes.subarray(0, this.position))
    this.pool.give(this.bytes)
    this.bytes = larger
  }

  /** Begins a reply; its length is written by {@link end}. Returns where it starts. */
  begin(xid: number, zxid: Zxid, code: number): number {
    const at = this.reserve(REPLY_HEADER_BYTES)
    const { bytes } = this
    putInt(bytes, at + 4, xid)
    putLong(bytes, at + 8, zxid)
    putInt(bytes, at + 16, code)
    return at
  }

  end(start: number): void {
    putInt(this.bytes, start, this.position - start - 4)
  }

  /** A reply without a body. */
  empty(xid: number, zxid: Zxid, code: number): void {
    const at = this.begin(xid, zxid, code)
    putInt(this.bytes, at, REPLY_HEADER_BYTES - 4)
  }

  int(value: number): void {
    const at = this.reserve(4)
    putInt(this.bytes, at, value)
  }

  bool(value: boolean): void {
    const at = this.reserve(1)
    this.bytes[at] = value ? 1 : 0
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  /** What is to be sent. The caller says by {@link released} or {@link kept} whether the array is free again. */
  take(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  released(): void {
    this.pool.give(this.bytes)
    this.kept()
  }

  kept(): void {
    this.bytes = NOTHING
    this.position = 0
  }
}

const NOTHING = new Uint8Array(0)
