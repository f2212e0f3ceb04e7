/**
 * Byte blocks for names and data, cut from large chunks so that the garbage collector sees a few
 * arrays instead of millions of objects.
 *
 * Blocks come in size classes: multiples of 16 bytes up to 1 KiB, then eight steps for each doubling.
 * A freed block waits in its class's free list, linked through its own first bytes. Blocks above
 * {@link LARGE} have arrays of their own, which the platform frees.
 *
 * A block is addressed by a number: for small blocks chunk and 16-byte unit within it, for large ones
 * the index of their array. Which of the two it is follows from the size, which callers know.
 */
const UNIT_SHIFT = 4
const CHUNK_SHIFT = 20
const CHUNK_BYTES = 1 << CHUNK_SHIFT
const UNITS_SHIFT = CHUNK_SHIFT - UNIT_SHIFT
const UNITS_MASK = (1 << UNITS_SHIFT) - 1
/** Blocks longer than this get an array of their own. */
export const LARGE = 1 << 16

export type BlockAddress = number

const NOTHING = new Uint8Array(0)

export class BlockArena {
  private readonly chunks: Uint8Array[] = []
  private bump = CHUNK_BYTES
  /** First free block of each class plus one; 0: none. */
  private readonly free = new Float64Array(classOf(LARGE) + 1)
  private readonly large: Uint8Array[] = []
  private readonly freeLarge: number[] = []

  allocate(size: number): BlockAddress {
    if (size > LARGE) {
      const at = this.freeLarge.pop() ?? this.large.length
      this.large[at] = new Uint8Array(size)
      return at
    }
    const sizeClass = classOf(size)
    const head = this.free[sizeClass]
    if (head !== 0) {
      const address = head - 1
      this.free[sizeClass] = this.readLink(address)
      return address
    }
    const bytes = classBytes(sizeClass)
    if (this.bump + bytes > CHUNK_BYTES) {
      this.chunks.push(new Uint8Array(CHUNK_BYTES))
      this.bump = 0
    }
    const address = (this.chunks.length - 1) * (1 << UNITS_SHIFT) + (this.bump >>> UNIT_SHIFT)
    this.bump += bytes
    return address
  }

  release(address: BlockAddress, size: number): void {
    if (size > LARGE) {
      // Not undefined: whoever still holds the handle of a removed znode reads nothing, and does not crash.
      this.large[address] = NOTHING
      this.freeLarge.push(address)
      return
    }
    const sizeClass = classOf(size)
    this.writeLink(address, this.free[sizeClass])
    this.free[sizeClass] = address + 1
  }

  /** Whether a block of one size can hold the other size in place. */
  fits(oldSize: number, newSize: number): boolean {
    return oldSize <= LARGE && newSize <= LARGE && classOf(oldSize) === classOf(newSize)
  }

  /** The array that holds a block; the block starts at {@link offset}. */
  array(address: BlockAddress, size: number): Uint8Array {
    return size > LARGE ? this.large[address] : this.chunks[Math.floor(address / (1 << UNITS_SHIFT))]
  }

  offset(address: BlockAddress, size: number): number {
    return size > LARGE ? 0 : (address & UNITS_MASK) << UNIT_SHIFT
  }

  private readLink(address: BlockAddress): number {
    const chunk = this.array(address, 0)
    const at = this.offset(address, 0)
    return (
      (chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16) | (chunk[at + 3] << 24) | 0) +
      // The link is an address plus one, up to 2^32: the fifth byte holds what 32 bits cannot.
      (chunk[at + 3] > 127 ? 0x1_0000_0000 : 0) +
      chunk[at + 4] * 0x1_0000_0000
    )
  }

  private writeLink(address: BlockAddress, link: number): void {
    const chunk = this.array(address, 0)
    const at = this.offset(address, 0)
    chunk[at] = link
    chunk[at + 1] = link >>> 8
    chunk[at + 2] = link >>> 16
    chunk[at + 3] = link >>> 24
    chunk[at + 4] = link / 0x1_0000_0000
  }
}

/** The size class for a block of `size` bytes. */
export function classOf(size: number): number {
  if (size <= 1024) return size === 0 ? 0 : (size - 1) >>> 4
  // Above 1 KiB: eight classes between one power of two and the next.
  const power = 31 - Math.clz32(size - 1)
  const step = 1 << (power - 3)
  return 64 + (power - 10) * 8 + Math.floor((size - 1 - (1 << power)) / step)
}

/** The bytes that a block of this class takes. */
export function classBytes(sizeClass: number): number {
  if (sizeClass < 64) return (sizeClass + 1) << 4
  const power = 10 + ((sizeClass - 64) >>> 3)
  return (1 << power) + (((sizeClass - 64) & 7) + 1) * (1 << (power - 3))
}
