import { NO_NODE, type NodeId, type RemovalObserver, type ZnodeStore } from '../seams/znode-store.js'
import { PathIndex } from './path-index.js'
import { EMPTY, ZnodeBlocks } from './znode-blocks.js'
import {
  CHILD_COUNT,
  DATA_LENGTH,
  FIRST_CHILD,
  HASH,
  INTS,
  NAME_LENGTH,
  NEXT_IN_BUCKET,
  NEXT_SIBLING,
  PAGE_MASK,
  PAGE_SHIFT,
  PARENT,
  PATH_LENGTH,
  PREVIOUS_SIBLING,
} from './znode-layout.js'

const SLASH = 0x2f
const FNV_PRIME = 0x01000193

/**
 * The default {@link ZnodeStore}: znodes as fixed records in typed-array pages, names and data in a
 * {@link BlockArena}, siblings linked through the records, paths found by one hash over the path's
 * bytes. 112 bytes a znode beside its name and data, and nothing for the garbage collector to trace.
 */
export class CompactStore extends ZnodeBlocks implements ZnodeStore {
  readonly root: NodeId
  private readonly index = new PathIndex()
  private nodes = 0
  private readonly observers = new Set<RemovalObserver>()

  /** `seed` makes the hash of paths unpredictable to clients that would like to make them collide. */
  constructor(private readonly seed = 0x811c9dc5) {
    super()
    this.root = this.allocateNode()
    this.ints[0][INTS * this.root + HASH] = seed
    this.setBlock(this.root, EMPTY, 0, 0, EMPTY, 0, 0)
    this.nodes = 1
  }

  get count(): number {
    return this.nodes
  }

  get dataBytes(): number {
    return this.bytes
  }

  expect(nodes: number): void {
    // After removals some records are of no znode, and which ones is not known.
    if (nodes <= this.index.bucketCount || this.nodes !== this.recordCount) return
    this.index.expect(nodes)
    for (let node = this.root + 1; node <= this.nodes; node++) {
      const bucket = this.index.bucketOf(mix(this.int(node, HASH)))
      this.setInt(node, NEXT_IN_BUCKET, this.index.head(bucket))
      this.index.setHead(bucket, node)
    }
  }

  find(path: Uint8Array, start: number, end: number): NodeId {
    // Apache keeps the root under the empty path too, and clients can read it there.
    if (end - start <= 1) return end === start || path[start] === SLASH ? this.root : NO_NODE
    let hash = this.seed
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ path[i], FNV_PRIME)
    let node = this.index.head(this.index.bucketOf(mix(hash)))
    while (node !== NO_NODE) {
      const ints = this.ints[node >>> PAGE_SHIFT]
      const base = (node & PAGE_MASK) * INTS
      if (ints[base + HASH] === hash && this.hasPath(node, path, start, end)) return node
      node = ints[base + NEXT_IN_BUCKET]
    }
    return NO_NODE
  }

  findChild(parent: NodeId, name: Uint8Array, start: number, end: number): NodeId {
    const hash = this.childHash(parent, name, start, end)
    let node = this.index.head(this.index.bucketOf(mix(hash)))
    while (node !== NO_NODE) {
      const ints = this.ints[node >>> PAGE_SHIFT]
      const base = (node & PAGE_MASK) * INTS
      if (
        ints[base + HASH] === hash &&
        ints[base + PARENT] === parent &&
        ints[base + NAME_LENGTH] === end - start &&
        this.nameEquals(ints, base, name, start)
      ) {
        return node
      }
      node = ints[base + NEXT_IN_BUCKET]
    }
    return NO_NODE
  }

  /** Compares from the last segment to the first, along the parents. */
  private hasPath(node: NodeId, path: Uint8Array, start: number, end: number): boolean {
    let at = end
    let current = node
    while (current !== this.root) {
      const ints = this.ints[current >>> PAGE_SHIFT]
      const base = (current & PAGE_MASK) * INTS
      const nameStart = at - ints[base + NAME_LENGTH]
      if (nameStart <= start || path[nameStart - 1] !== SLASH) return false
      if (!this.nameEquals(ints, base, path, nameStart)) return false
      at = nameStart - 1
      current = ints[base + PARENT]
    }
    return at === start
  }

  private childHash(parent: NodeId, name: Uint8Array, start: number, end: number): number {
    let hash = Math.imul(this.int(parent, HASH) ^ SLASH, FNV_PRIME)
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ name[i], FNV_PRIME)
    return hash
  }

  pathOf(node: NodeId): string {
    if (node === this.root) return '/'
    let path = ''
    for (let current = node; current !== this.root && current !== NO_NODE; current = this.parentOf(current)) {
      path = `/${this.nameOf(current)}${path}`
    }
    return path
  }

  create(parent: NodeId, name: Uint8Array, start: number, end: number, data: Uint8Array | null): NodeId {
    return data === null
      ? this.createFrom(parent, name, start, end, EMPTY, 0, -1)
      : this.createFrom(parent, name, start, end, data, 0, data.length)
  }

  createFrom(
    parent: NodeId,
    name: Uint8Array,
    start: number,
    end: number,
    data: Uint8Array,
    dataStart: number,
    dataLength: number,
  ): NodeId {
    const node = this.allocateNode()
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const hash = this.childHash(parent, name, start, end)
    ints[base + HASH] = hash
    ints[base + PARENT] = parent
    this.setBlock(node, name, start, end, data, dataStart, dataLength)
    const pathLength = this.int(parent, PATH_LENGTH) + 1 + end - start
    ints[base + PATH_LENGTH] = pathLength
    this.bytes += pathLength + Math.max(dataLength, 0)

    const sibling = this.int(parent, FIRST_CHILD)
    ints[base + NEXT_SIBLING] = sibling
    if (sibling !== NO_NODE) this.setInt(sibling, PREVIOUS_SIBLING, node)
    this.setInt(parent, FIRST_CHILD, node)
    this.setInt(parent, CHILD_COUNT, this.int(parent, CHILD_COUNT) + 1)

    const bucket = this.index.bucketOf(mix(hash))
    ints[base + NEXT_IN_BUCKET] = this.index.head(bucket)
    this.index.setHead(bucket, node)
    this.nodes++
    if (this.nodes > this.index.bucketCount) this.splitBucket()
    return node
  }

  remove(node: NodeId): void {
    for (const observer of this.observers) observer.removing(node)
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const parent = ints[base + PARENT]
    const before = ints[base + PREVIOUS_SIBLING]
    const after = ints[base + NEXT_SIBLING]
    if (before === NO_NODE) this.setInt(parent, FIRST_CHILD, after)
    else this.setInt(before, NEXT_SIBLING, after)
    if (after !== NO_NODE) this.setInt(after, PREVIOUS_SIBLING, before)
    this.setInt(parent, CHILD_COUNT, this.int(parent, CHILD_COUNT) - 1)
    this.unlinkFromBucket(node, ints[base + HASH])
    this.bytes -= ints[base + PATH_LENGTH] + Math.max(ints[base + DATA_LENGTH], 0)
    this.releaseBlock(ints, base)
    this.freeNode(node)
    this.nodes--
  }

  /** Walks that stand on znodes ask to be told of removals while they last. */
  observeRemovals(observer: RemovalObserver): () => void {
    this.observers.add(observer)
    return () => this.observers.delete(observer)
  }

  private unlinkFromBucket(node: NodeId, hash: number): void {
    const bucket = this.index.bucketOf(mix(hash))
    const after = this.int(node, NEXT_IN_BUCKET)
    let current = this.index.head(bucket)
    if (current === node) {
      this.index.setHead(bucket, after)
      return
    }
    while (this.int(current, NEXT_IN_BUCKET) !== node) current = this.int(current, NEXT_IN_BUCKET)
    this.setInt(current, NEXT_IN_BUCKET, after)
  }

  private splitBucket(): void {
    const { from, to } = this.index.grow()
    let node = this.index.head(from)
    this.index.setHead(from, NO_NODE)
    this.index.setHead(to, NO_NODE)
    while (node !== NO_NODE) {
      const after = this.int(node, NEXT_IN_BUCKET)
      const bucket = this.index.bucketOf(mix(this.int(node, HASH)))
      this.setInt(node, NEXT_IN_BUCKET, this.index.head(bucket))
      this.index.setHead(bucket, node)
      node = after
    }
  }
}

/** Spreads FNV's state over the low bits that choose the bucket (the finaliser of MurmurHash3). */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) & 0x7fffffff
}
