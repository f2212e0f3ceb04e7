import { NO_NODE, type NodeId } from '../seams/znode-store.js'
import type { Zxid } from '../zxid.js'
import {
  ACL_ID,
  AVERSION,
  CHILD_COUNT,
  CTIME,
  CVERSION,
  CZXID,
  DATA_LENGTH,
  DIGEST,
  DOUBLES,
  FIRST_CHILD,
  INTS,
  MTIME,
  MZXID,
  NAME_LENGTH,
  NEXT_SIBLING,
  OWNER_HIGH,
  OWNER_LOW,
  PAGE_MASK,
  PAGE_NODES,
  PAGE_SHIFT,
  PARENT,
  PZXID,
  VERSION,
} from './znode-layout.js'

/**
 * Znodes as records of fixed size in pages of typed arrays, which the garbage collector has nothing to trace in: the
 * fields of each, and which records are free.
 */
export abstract class ZnodeRecords {
  protected readonly ints: Int32Array[] = []
  protected readonly doubles: Float64Array[] = []
  private next = 1
  private freeList: NodeId = NO_NODE

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

  /** How many records there are, those included that are free. */
  protected get recordCount(): number {
    return this.next - 1
  }

  /** A record whose fields are all 0. */
  protected allocateNode(): NodeId {
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

  /** The record may be used again; its fields mean nothing from now on. */
  protected freeNode(node: NodeId): void {
    this.setInt(node, NEXT_SIBLING, this.freeList)
    this.freeList = node
  }

  protected int(node: NodeId, field: number): number {
    return this.ints[node >>> PAGE_SHIFT][(node & PAGE_MASK) * INTS + field]
  }
  protected setInt(node: NodeId, field: number, value: number): void {
    this.ints[node >>> PAGE_SHIFT][(node & PAGE_MASK) * INTS + field] = value
  }
  protected double(node: NodeId, field: number): number {
    return this.doubles[node >>> PAGE_SHIFT][(node & PAGE_MASK) * DOUBLES + field]
  }
  protected setDouble(node: NodeId, field: number, value: number): void {
    this.doubles[node >>> PAGE_SHIFT][(node & PAGE_MASK) * DOUBLES + field] = value
  }
}
