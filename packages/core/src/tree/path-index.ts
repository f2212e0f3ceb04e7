/**
 * From the hash of a path to the first znode in its bucket: linear hashing (Litwin, 1980). Each insert
 * may split one bucket, so growth to millions of znodes never stops the server to rehash them all.
 *
 * The index knows no paths: the store keeps each bucket's chain in its znodes and moves them on a split.
 */
const PAGE_SHIFT = 14
const PAGE_SIZE = 1 << PAGE_SHIFT
const PAGE_MASK = PAGE_SIZE - 1

export class PathIndex {
  private readonly pages: Int32Array[] = [new Int32Array(PAGE_SIZE)]
  /** Buckets below `split` have been split and use one more bit of the hash. */
  private split = 0
  private mask = PAGE_MASK

  /** Makes the buckets for so many znodes at once, where it is known that they come. All are empty afterwards. */
  expect(nodes: number): void {
    while (this.mask + 1 < nodes) this.mask = this.mask * 2 + 1
    this.split = 0
    for (const page of this.pages) page.fill(0)
    while (this.pages.length < (this.mask + 1) / PAGE_SIZE) this.pages.push(new Int32Array(PAGE_SIZE))
  }

  get bucketCount(): number {
    return this.mask + 1 + this.split
  }

  bucketOf(hash: number): number {
    const bucket = hash & this.mask
    return bucket < this.split ? hash & (this.mask * 2 + 1) : bucket
  }

  head(bucket: number): number {
    return this.pages[bucket >>> PAGE_SHIFT][bucket & PAGE_MASK]
  }

  setHead(bucket: number, node: number): void {
    this.pages[bucket >>> PAGE_SHIFT][bucket & PAGE_MASK] = node
  }

  /**
   * Adds a bucket and returns the one whose chain is to be spread over itself and the new one (by
   * asking {@link bucketOf} again for each of its znodes). Both heads are then to be set.
   */
  grow(): { readonly from: number; readonly to: number } {
    const from = this.split
    const to = this.bucketCount
    if ((to & PAGE_MASK) === 0) this.pages.push(new Int32Array(PAGE_SIZE))
    this.split++
    if (this.split > this.mask) {
      this.mask = this.mask * 2 + 1
      this.split = 0
    }
    return { from, to }
  }
}
