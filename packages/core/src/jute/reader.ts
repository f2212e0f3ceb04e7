import { decodeUtf8 } from './utf8.js'

/**
 * A record that cannot be read: cut short, or with a length that makes no sense. The server answers
 * MarshallingError (-5) where a request header could be read, and closes the connection where not.
 */
export class MarshallingError extends Error {
  override readonly name = 'MarshallingError'
}

const TWO_32 = 0x1_0000_0000

/**
 * Reads jute, Apache's big-endian record encoding, out of a byte range. One reader is reused for many
 * frames by {@link reset}. Nothing is copied: buffers are views of the range, so whoever keeps one
 * beyond the life of the range copies it.
 */
export class JuteReader {
  bytes: Uint8Array
  position: number
  limit: number

  constructor(bytes: Uint8Array = EMPTY, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.position = start
    this.limit = end
  }

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.position = start
    this.limit = end
  }

  get remaining(): number {
    return this.limit - this.position
  }

  private take(count: number): number {
    const at = this.position
    if (at + count > this.limit) {
      throw new MarshallingError(`record cut short: ${count} bytes wanted, ${this.limit - at} left`)
    }
    this.position = at + count
    return at
  }

  byte(): number {
    return this.bytes[this.take(1)]
  }

  bool(): boolean {
    return this.byte() !== 0
  }

  int(): number {
    const at = this.take(4)
    const b = this.bytes
    return (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]
  }

  /** A 64-bit value as a number, exact within ±2^53 (zxids, times, ttl). */
  long(): number {
    const high = this.int()
    const low = this.int() >>> 0
    return high * TWO_32 + low
  }

  /** All 64 bits, as a signed bigint (session ids, ephemeral owners, digests). */
  long64(): bigint {
    const high = this.int()
    const low = this.int() >>> 0
    return (BigInt(high) << 32n) | BigInt(low)
  }

  /** A view, not a copy; null for length -1. */
  buffer(): Uint8Array | null {
    const length = this.length()
    if (length === -1) return null
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }

  /** Null for length -1. Malformed UTF-8 reads as U+FFFD. */
  ustring(): string | null {
    const length = this.length()
    if (length === -1) return null
    const at = this.take(length)
    return decodeUtf8(this.bytes, at, at + length)
  }

  /**
   * The number of elements; -1 for a null vector, and none for other negative counts, as in Apache. Each
   * element takes at least one byte, so a count above that is refused before anything is allocated for it.
   */
  vectorLength(): number {
    const length = this.int()
    if (length < 0) return length === -1 ? -1 : 0
    if (length > this.remaining) throw new MarshallingError(`vector of ${length} elements in ${this.remaining} bytes`)
    return length
  }

  private length(): number {
    const length = this.int()
    if (length < -1) throw new MarshallingError(`unreasonable length ${length}`)
    return length
  }
}

const EMPTY = new Uint8Array(0)
