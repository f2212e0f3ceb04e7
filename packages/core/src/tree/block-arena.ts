/**
 * Byte blocks for names and data, cut from large chunks so that the garbage collector sees a few
 * arrays instead of millions of objects.
 *
 * Blocks come in size classes: multiples of 16 bytes up to 1 KiB, then eight steps for each doubling. Chunks
 * are divided into pages, and a page holds blocks of one class: those that are free are linked through their
 * own first bytes. A page without any block in use goes to whichever class needs one next, so that memory
 * which one size of znodes has left serves another. Blocks above {@link LARGE} have arrays of their own,
 * which the platform frees.
 *
 * A block is addressed by a number: for small blocks page and 16-byte unit within it, for large ones
 * the index of their array. Which of the two it is follows from the size, which callers know.
 */
const UNIT_SHIFT = 4
const PAGE_UNITS = 4096
const PAGE_BYTES = PAGE_UNITS << UNIT_SHIFT
/** Pages are taken from the platform by the megabyte. */
const CHUNK_PAGES = 16
const CHUNK_UNITS = CHUNK_PAGES * PAGE_UNITS
/** Blocks longer than this get an array of their own: fewer than four to a page would waste too much of it. */
export const LARGE = 1 << 14

export type BlockAddress = number

const NOTHING = new Uint8Array(0)
const NO_PAGE = -1

export class BlockArena {
  private readonly chunks: Uint8Array[] = []
  private pageCount = 0
  private readonly emptyPages: number[] = []
  /** First of the pages of each class that have room. */
  private readonly open = new Int32Array(classOf(LARGE) + 1).fill(NO_PAGE)
  private pages = new Pages(64)
  private readonly large: Uint8Array[] = []
  private readonly freeLarge: number[] = []

  allocate(size: number): BlockAddress {
    if (size > LARGE) {
      const at = this.freeLarge.pop() ?? this.large.length
      this.large[at] = new Uint8Array(size)
      return at
    }
    const sizeClass = classOf(size)
    const page = this.open[sizeClass] === NO_PAGE ? this.openPage(sizeClass) : this.open[sizeClass]
    const { pages } = this
    const units = classBytes(sizeClass) >>> UNIT_SHIFT
    let unit = pages.firstFree[page] - 1
    if (unit >= 0) {
      pages.firstFree[page] = this.readLink(page * PAGE_UNITS + unit)
    } else {
      unit = pages.untouched[page]
      pages.untouched[page] += units
    }
    pages.used[page]++
    if (isFull(pages, page, units)) this.unlink(page, sizeClass)
    return page * PAGE_UNITS + unit
  }

  release(address: BlockAddress, size: number): void {
    if (size > LARGE) {
      // Not undefined: whoever still holds the handle of a removed znode reads nothing, and does not crash.
      this.large[address] = NOTHING
      this.freeLarge.push(address)
      return
    }
    const { pages } = this
    const sizeClass = classOf(size)
    const page = Math.floor(address / PAGE_UNITS)
    const wasFull = isFull(pages, page, classBytes(sizeClass) >>> UNIT_SHIFT)
    if (--pages.used[page] === 0) {
      if (!wasFull) this.unlink(page, sizeClass)
      this.emptyPages.push(page)
      return
    }
    this.writeLink(address, pages.firstFree[page])
    pages.firstFree[page] = (address % PAGE_UNITS) + 1
    if (wasFull) this.link(page, sizeClass)
  }

  /** Whether a block of one size can hold the other size in place. */
  fits(oldSize: number, newSize: number): boolean {
    return oldSize <= LARGE && newSize <= LARGE && classOf(oldSize) === classOf(newSize)
  }

  /** The array that holds a block; the block starts at {@link offset}. */
  array(address: BlockAddress, size: number): Uint8Array {
    return size > LARGE ? this.large[address] : this.chunks[Math.floor(address / CHUNK_UNITS)]
  }

  offset(address: BlockAddress, size: number): number {
    return size > LARGE ? 0 : (address & (CHUNK_UNITS - 1)) << UNIT_SHIFT
  }

  /** Gives a class an empty page. */
  private openPage(sizeClass: number): number {
    const page = this.emptyPages.pop() ?? this.newPage()
    const { pages } = this
    pages.used[page] = 0
    pages.firstFree[page] = 0
    pages.untouched[page] = 0
    this.link(page, sizeClass)
    return page
  }

  private newPage(): number {
    const page = this.pageCount++
    if (page % CHUNK_PAGES === 0) this.chunks.push(new Uint8Array(CHUNK_PAGES * PAGE_BYTES))
    if (page >= this.pages.used.length) this.pages = new Pages(page * 2, this.pages)
    return page
  }

  private link(page: number, sizeClass: number): void {
    const { next, previous } = this.pages
    const first = this.open[sizeClass]
    next[page] = first
    previous[page] = NO_PAGE
    if (first !== NO_PAGE) previous[first] = page
    this.open[sizeClass] = page
  }

  private unlink(page: number, sizeClass: number): void {
    const { next, previous } = this.pages
    const [before, after] = [previous[page], next[page]]
    if (before === NO_PAGE) this.open[sizeClass] = after
    else next[before] = after
    if (after !== NO_PAGE) previous[after] = before
  }

  private readLink(address: BlockAddress): number {
    const chunk = this.array(address, 0)
    const at = this.offset(address, 0)
    return chunk[at] | (chunk[at + 1] << 8)
  }

  private writeLink(address: BlockAddress, link: number): void {
    const chunk = this.array(address, 0)
    const at = this.offset(address, 0)
    chunk[at] = link
    chunk[at + 1] = link >>> 8
  }
}

/** What is known of each page, by its number. */
class Pages {
  /** Blocks in use. */
  readonly used: Int32Array
  /** Unit of the first free block plus one; 0: none. */
  readonly firstFree: Int32Array
  /** Unit from which on the page has never been used since it got its class. */
  readonly untouched: Int32Array
  /** Neighbours in the list of pages with room. */
  readonly next: Int32Array
  readonly previous: Int32Array

  constructor(count: number, before?: Pages) {
    this.used = resized(count, before?.used)
    this.firstFree = resized(count, before?.firstFree)
    this.untouched = resized(count, before?.untouched)
    this.next = resized(count, before?.next)
    this.previous = resized(count, before?.previous)
  }
}

function resized(count: number, before: Int32Array | undefined): Int32Array {
  const array = new Int32Array(count)
  if (before !== undefined) array.set(before)
  return array
}

function isFull(pages: Pages, page: number, units: number): boolean {
  return pages.firstFree[page] === 0 && pages.untouched[page] + units > PAGE_UNITS
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
