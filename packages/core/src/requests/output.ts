import { putInt, putLong } from '../jute/writer.js'
import type { Zxid } from '../zxid.js'

/** Enough for an event or a few small replies: many connections may hold one at once. */
const SMALL_BYTES = 2 * 1024
/** Enough for the replies to a full read of a client that pipelines. Buffers that grow beyond are not pooled. */
const LARGE_BYTES = 64 * 1024
const SMALL_KEPT = 512
const LARGE_KEPT = 32

/**
 * Buffers that connections write replies into, handed back when their bytes have left. An idle
 * connection holds none.
 */
export class OutputPool {
  private readonly small: Uint8Array[] = []
  private readonly large: Uint8Array[] = []

  /** A buffer of at least `bytes`. */
  take(bytes: number): Uint8Array {
    if (bytes <= SMALL_BYTES) return this.small.pop() ?? new Uint8Array(SMALL_BYTES)
    if (bytes <= LARGE_BYTES) return this.large.pop() ?? new Uint8Array(LARGE_BYTES)
    return new Uint8Array(bytes)
  }

  give(buffer: Uint8Array): void {
    if (buffer.length === SMALL_BYTES && this.small.length < SMALL_KEPT) this.small.push(buffer)
    else if (buffer.length === LARGE_BYTES && this.large.length < LARGE_KEPT) this.large.push(buffer)
  }
}

/** Length, xid, zxid and error code: what every reply begins with. */
const REPLY_HEADER_BYTES = 20

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
    const { length } = this.bytes
    const larger = this.pool.take(Math.max(needed, length < DOUBLING_MAX ? length * 2 : length + (length >> 2)))
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
/** A single reply above this grows by a quarter: less is left over, and what is copied stays in proportion. */
const DOUBLING_MAX = 8 * 1024 * 1024
