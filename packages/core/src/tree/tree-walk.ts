import { NO_NODE, type NodeId, type RemovalObserver, type ZnodeStore } from '../seams/znode-store.js'

/**
 * Depth first over a tree that changes between steps: parents before children, each znode at most once.
 * Znodes created meanwhile may be missed and removed ones may have been seen, which is what makes a
 * snapshot fuzzy; the log after the snapshot's zxid repeats both.
 */
export class TreeWalk implements RemovalObserver {
  /** The znode that {@link next} gives next on each level, deepest last; 0 when a level is done. */
  private readonly cursors: NodeId[]
  /** Length of the path prefix of each level. */
  private readonly prefixes: number[] = [0]
  private path = new Uint8Array(256)
  private readonly stop: () => void
  /** After {@link next}: where the path of the present znode ends in {@link pathBytes}. */
  pathLength = 0

  constructor(private readonly store: ZnodeStore) {
    this.cursors = [store.root]
    this.stop = store.observeRemovals(this)
  }

  get pathBytes(): Uint8Array {
    return this.path
  }

  /** The next znode, or 0 at the end. The root's path is empty, as snapshots write it. */
  next(): NodeId {
    while (this.cursors.length > 0) {
      const level = this.cursors.length - 1
      const node = this.cursors[level]
      if (node === NO_NODE) {
        this.cursors.pop()
        this.prefixes.pop()
        continue
      }
      this.cursors[level] = node === this.store.root ? NO_NODE : this.store.nextSibling(node)
      this.pathLength = this.appendName(node, this.prefixes[level])
      this.cursors.push(this.store.firstChild(node))
      this.prefixes.push(this.pathLength)
      return node
    }
    return NO_NODE
  }

  /** Leaves out what is below the znode that {@link next} gave last. */
  skipChildren(): void {
    this.cursors[this.cursors.length - 1] = NO_NODE
  }

  removing(node: NodeId): void {
    const level = this.cursors.indexOf(node)
    if (level >= 0) this.cursors[level] = this.store.nextSibling(node)
  }

  /** Ends the walk; must be called. */
  dispose(): void {
    this.stop()
    this.cursors.length = 0
  }

  private appendName(node: NodeId, prefix: number): number {
    if (node === this.store.root) return 0
    const needed = prefix + 1 + this.store.nameLength(node)
    if (needed > this.path.length) {
      const larger = new Uint8Array(needed * 2)
      larger.set(this.path)
      this.path = larger
    }
    this.path[prefix] = 0x2f
    return this.store.copyName(node, this.path, prefix + 1)
  }
}
