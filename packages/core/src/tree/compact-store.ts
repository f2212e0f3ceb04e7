import { decodeUtf8 } from '../jute/utf8.js'
import { NO_NODE, type NodeId, type RemovalObserver, type ZnodeStore } from '../seams/znode-store.js'
import type { Zxid } from '../zxid.js'
import { BlockArena } from './block-arena.js'
import { PathIndex } from './path-index.js'

/**
 * The default {@link ZnodeStore}: znodes as fixed records in typed-array pages, names and data in a
 * {@link BlockArena}, siblings linked through the records, paths found by one hash over the path's
 * bytes. 112 bytes a znode beside its name and data, and nothing for the garbage collector to trace.
 */
const PAGE_SHIFT = 12
const PAGE_NODES = 1 << PAGE_SHIFT
const PAGE_MASK = PAGE_NODES - 1

/** Record layout: five 64-bit floats, then 32-bit integers. */
const DOUBLES = 14
const INTS = DOUBLES * 2
const CZXID = 0
const MZXID = 1
const PZXID = 2
const CTIME = 3
const MTIME = 4
const PARENT = 10
const FIRST_CHILD = 11
const NEXT_SIBLING = 12
const PREVIOUS_SIBLING = 13
const CHILD_COUNT = 14
const NEXT_IN_BUCKET = 15
const HASH = 16
const BLOCK = 17
const NAME_LENGTH = 18
const DATA_LENGTH = 19
const VERSION = 20
const CVERSION = 21
const AVERSION = 22
const ACL_ID = 23
const OWNER_HIGH = 24
const OWNER_LOW = 25
const DIGEST = 26
const PATH_LENGTH = 27

const SLASH = 0x2f
const FNV_PRIME = 0x01000193
/** Below this many bytes a loop copies faster than a view and set. */
const SHORT_COPY = 48

export class CompactStore implements ZnodeStore {
  readonly root: NodeId
  private readonly ints: Int32Array[] = []
  private readonly doubles: Float64Array[] = []
  private readonly arena = new BlockArena()
  private readonly index = new PathIndex()
  private next = 1
  private freeList: NodeId = NO_NODE
  private nodes = 0
  private bytes = 0
  private readonly observers = new Set<RemovalObserver>()

  /** `seed` makes the hash of paths unpredictable to clients that would like to make them collide. */
  constructor(private readonly seed = 0x811c9dc5) {
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
    if (this.nodes === 1) this.index.expect(nodes)
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

  private nameEquals(ints: Int32Array, base: number, bytes: Uint8Array, start: number): boolean {
    const length = ints[base + NAME_LENGTH]
    const size = blockSize(length, ints[base + DATA_LENGTH])
    const address = ints[base + BLOCK] >>> 0
    const block = this.arena.array(address, size)
    const offset = this.arena.offset(address, size)
    for (let i = 0; i < length; i++) if (block[offset + i] !== bytes[start + i]) return false
    return true
  }

  private childHash(parent: NodeId, name: Uint8Array, start: number, end: number): number {
    let hash = Math.imul(this.int(parent, HASH) ^ SLASH, FNV_PRIME)
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ name[i], FNV_PRIME)
    return hash
  }

  parentOf(node: NodeId): NodeId {
    return this.int(node, PARENT)
  }
  childCount(node: NodeId): number {
    return this.int(node, CHILD_COUNT)
  }
  firstChild(node: NodeId): NodeId {
    return this.int(node, FIRST_CHILD)
  }
  nextSibling(node: NodeId): NodeId {
    return this.int(node, NEXT_SIBLING)
  }
  nameLength(node: NodeId): number {
    return this.int(node, NAME_LENGTH)
  }
  dataLength(node: NodeId): number {
    return this.int(node, DATA_LENGTH)
  }
  czxid(node: NodeId): Zxid {
    return this.double(node, CZXID)
  }
  mzxid(node: NodeId): Zxid {
    return this.double(node, MZXID)
  }
  pzxid(node: NodeId): Zxid {
    return this.double(node, PZXID)
  }
  ctime(node: NodeId): number {
    return this.double(node, CTIME)
  }
  mtime(node: NodeId): number {
    return this.double(node, MTIME)
  }
  version(node: NodeId): number {
    return this.int(node, VERSION)
  }
  cversion(node: NodeId): number {
    return this.int(node, CVERSION)
  }
  aversion(node: NodeId): number {
    return this.int(node, AVERSION)
  }
  aclId(node: NodeId): number {
    return this.int(node, ACL_ID)
  }
  ownerHigh(node: NodeId): number {
    return this.int(node, OWNER_HIGH)
  }
  ownerLow(node: NodeId): number {
    return this.int(node, OWNER_LOW)
  }
  digest(node: NodeId): number {
    return this.int(node, DIGEST) >>> 0
  }

  setCzxid(node: NodeId, zxid: Zxid): void {
    this.setDouble(node, CZXID, zxid)
  }
  setMzxid(node: NodeId, zxid: Zxid): void {
    this.setDouble(node, MZXID, zxid)
  }
  setPzxid(node: NodeId, zxid: Zxid): void {
    this.setDouble(node, PZXID, zxid)
  }
  setCtime(node: NodeId, timeMs: number): void {
    this.setDouble(node, CTIME, timeMs)
  }
  setMtime(node: NodeId, timeMs: number): void {
    this.setDouble(node, MTIME, timeMs)
  }
  setVersion(node: NodeId, version: number): void {
    this.setInt(node, VERSION, version)
  }
  setCversion(node: NodeId, cversion: number): void {
    this.setInt(node, CVERSION, cversion)
  }
  setAversion(node: NodeId, aversion: number): void {
    this.setInt(node, AVERSION, aversion)
  }
  setAclId(node: NodeId, aclId: number): void {
    this.setInt(node, ACL_ID, aclId)
  }
  setOwner(node: NodeId, high: number, low: number): void {
    this.setInt(node, OWNER_HIGH, high)
    this.setInt(node, OWNER_LOW, low)
  }
  setDigest(node: NodeId, digest: number): void {
    this.setInt(node, DIGEST, digest)
  }

  copyName(node: NodeId, target: Uint8Array, offset: number): number {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const length = ints[base + NAME_LENGTH]
    const size = blockSize(length, ints[base + DATA_LENGTH])
    const address = ints[base + BLOCK] >>> 0
    return copy(this.arena.array(address, size), this.arena.offset(address, size), length, target, offset)
  }

  copyData(node: NodeId, target: Uint8Array, offset: number): number {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const length = ints[base + DATA_LENGTH]
    if (length <= 0) return offset
    const nameLength = ints[base + NAME_LENGTH]
    const size = nameLength + length
    const address = ints[base + BLOCK] >>> 0
    return copy(this.arena.array(address, size), this.arena.offset(address, size) + nameLength, length, target, offset)
  }

  pathOf(node: NodeId): string {
    if (node === this.root) return '/'
    let path = ''
    for (let current = node; current !== this.root && current !== NO_NODE; current = this.parentOf(current)) {
      path = `/${this.nameOf(current)}${path}`
    }
    return path
  }

  private nameOf(node: NodeId): string {
    const length = this.nameLength(node)
    const size = blockSize(length, this.dataLength(node))
    const address = this.int(node, BLOCK) >>> 0
    const offset = this.arena.offset(address, size)
    return decodeUtf8(this.arena.array(address, size), offset, offset + length)
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
    ints[base + NEXT_SIBLING] = this.freeList
    this.freeList = node
    this.nodes--
  }

  setData(node: NodeId, data: Uint8Array | null): void {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const nameLength = ints[base + NAME_LENGTH]
    const oldLength = ints[base + DATA_LENGTH]
    const oldSize = blockSize(nameLength, oldLength)
    const newLength = data === null ? -1 : data.length
    const newSize = blockSize(nameLength, newLength)
    this.bytes += Math.max(newLength, 0) - Math.max(oldLength, 0)
    if (this.arena.fits(oldSize, newSize)) {
      if (data !== null) {
        const address = ints[base + BLOCK] >>> 0
        this.arena.array(address, newSize).set(data, this.arena.offset(address, newSize) + nameLength)
      }
      ints[base + DATA_LENGTH] = newLength
      return
    }
    const address = ints[base + BLOCK] >>> 0
    const offset = this.arena.offset(address, oldSize)
    const name = this.arena.array(address, oldSize).slice(offset, offset + nameLength)
    this.releaseBlock(ints, base)
    this.setBlock(node, name, 0, nameLength, data ?? EMPTY, 0, newLength)
  }

  /** Walks that stand on znodes ask to be told of removals while they last. */
  observeRemovals(observer: RemovalObserver): () => void {
    this.observers.add(observer)
    return () => this.observers.delete(observer)
  }

  private setBlock(
    node: NodeId,
    name: Uint8Array,
    start: number,
    end: number,
    data: Uint8Array,
    dataStart: number,
    dataLength: number,
  ): void {
    const ints = this.ints[node >>> PAGE_SHIFT]
    const base = (node & PAGE_MASK) * INTS
    const nameLength = end - start
    const size = blockSize(nameLength, dataLength)
    const address = this.arena.allocate(size)
    const block = this.arena.array(address, size)
    const offset = this.arena.offset(address, size)
    copy(name, start, nameLength, block, offset)
    if (dataLength > 0) copy(data, dataStart, dataLength, block, offset + nameLength)
    ints[base + BLOCK] = address
    ints[base + NAME_LENGTH] = nameLength
    ints[base + DATA_LENGTH] = dataLength
  }

  private releaseBlock(ints: Int32Array, base: number): void {
    const size = blockSize(ints[base + NAME_LENGTH], ints[base + DATA_LENGTH])
    this.arena.release(ints[base + BLOCK] >>> 0, size)
  }

  private allocateNode(): NodeId {
    const reused = this.freeList
    if (reused !== NO_NODE) {
      const ints = this.ints[reused >>> PAGE_SHIFT]
      const base = (reused & PAGE_MASK) * INTS
      this.freeList = ints[base + NEXT_SIBLING]
      ints.fill(0, base, base + INTS)
      return reused
    }
    const node = this.next++
    if (node >>> PAGE_SHIFT >= this.ints.length) {
      const page = new ArrayBuffer(PAGE_NODES * DOUBLES * 8)
      this.ints.push(new Int32Array(page))
      this.doubles.push(new Float64Array(page))
    }
    return node
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

  private int(node: NodeId, field: number): number {
    return this.ints[node >>> PAGE_SHIFT][(node & PAGE_MASK) * INTS + field]
  }
  private setInt(node: NodeId, field: number, value: number): void {
    this.ints[node >>> PAGE_SHIFT][(node & PAGE_MASK) * INTS + field] = value
  }
  private double(node: NodeId, field: number): number {
    return this.doubles[node >>> PAGE_SHIFT][(node & PAGE_MASK) * DOUBLES + field]
  }
  private setDouble(node: NodeId, field: number, value: number): void {
    this.doubles[node >>> PAGE_SHIFT][(node & PAGE_MASK) * DOUBLES + field] = value
  }
}

const EMPTY = new Uint8Array(0)

function blockSize(nameLength: number, dataLength: number): number {
  return dataLength > 0 ? nameLength + dataLength : nameLength
}

function copy(source: Uint8Array, start: number, length: number, target: Uint8Array, offset: number): number {
  if (length <= SHORT_COPY) {
    for (let i = 0; i < length; i++) target[offset + i] = source[start + i]
  } else {
    target.set(source.subarray(start, start + length), offset)
  }
  return offset + length
}

/** Spreads FNV's state over the low bits that choose the bucket (the finaliser of MurmurHash3). */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) & 0x7fffffff
}
