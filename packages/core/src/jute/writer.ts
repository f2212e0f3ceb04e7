import { encodeUtf8Into, utf8Length } from './utf8.js'

const TWO_32 = 0x1_0000_0000

/**
 * Writes jute into a buffer that grows. {@link take} hands out a copy of exact size, {@link view} a
 * view that the next write may overwrite.
 */
export class JuteWriter {
  bytes: Uint8Array
  position = 0

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
  }

  clear(): this {
    this.position = 0
    return this
  }

  /** Makes room for `count` more bytes and returns where they start. */
  reserve(count: number): number {
    const at = this.position
    const end = at + count
    if (end > this.bytes.length) this.grow(end)
    this.position = end
    return at
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.position))
    this.bytes = larger
  }

  byte(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  bool(value: boolean): void {
    const at = this.reserve(1)
    this.bytes[at] = value ? 1 : 0
  }

  int(value: number): void {
    const at = this.reserve(4)
    putInt(this.bytes, at, value)
  }

  /** A number within ±2^53 as 64 bits. */
  long(value: number): void {
    const at = this.reserve(8)
    putInt(this.bytes, at, Math.floor(value / TWO_32))
    putInt(this.bytes, at + 4, value >>> 0)
  }

  long64(value: bigint): void {
    const at = this.reserve(8)
    putInt(this.bytes, at, Number(BigInt.asIntN(32, value >> 32n)))
    putInt(this.bytes, at + 4, Number(BigInt.asIntN(32, value)))
  }

  /** 64 bits given as two 32-bit halves: the form in which hot paths keep session ids. */
  longHalves(high: number, low: number): void {
    const at = this.reserve(8)
    putInt(this.bytes, at, high)
    putInt(this.bytes, at + 4, low)
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  buffer(value: Uint8Array | null): void {
    if (value === null) {
      this.int(-1)
      return
    }
    this.int(value.length)
    this.raw(value)
  }

  ustring(value: string | null): void {
    if (value === null) {
      this.int(-1)
      return
    }
    const length = utf8Length(value)
    this.int(length)
    const at = this.reserve(length)
    encodeUtf8Into(value, this.bytes, at)
  }

  /** A view of what was written; valid until the next write or {@link clear}. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  /** A copy of what was written; the writer starts again. */
  take(): Uint8Array {
    const copy = this.bytes.slice(0, this.position)
    this.position = 0
    return copy
  }
}

/** Writes a 32-bit big-endian integer. */
export function putInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Writes a number within ±2^53 as 64 bits, big-endian. */
export function putLong(bytes: Uint8Array, at: number, value: number): void {
  putInt(bytes, at, Math.floor(value / TWO_32))
  putInt(bytes, at + 4, value >>> 0)
}
