/** Copies share arrays of this size. */
const SLAB_BYTES = 64 * 1024
/** What is larger than this has an array of its own. */
const SHARED_BYTES_MAX = 8 * 1024

/**
 * Copies of what outlives the call that brought it: requests that are to be transactions, whose bytes the listener
 * overwrites with its next read. Many copies share one array, since an array of its own costs more than the copying; it
 * goes when the last of them does.
 */
export class KeptBytes {
  private slab = NOTHING
  private used = 0

  /** A copy of `bytes[start, end)`, also where `bytes` is a Buffer, whose own `slice` would be none. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start
    if (length > SHARED_BYTES_MAX) {
      const own = new Uint8Array(length)
      own.set(bytes.subarray(start, end))
      return own
    }
    if (this.used + length > this.slab.length) {
      this.slab = new Uint8Array(SLAB_BYTES)
      this.used = 0
    }
    const at = this.used
    this.used += length
    this.slab.set(bytes.subarray(start, end), at)
    return this.slab.subarray(at, this.used)
  }
}

const NOTHING = new Uint8Array(0)
