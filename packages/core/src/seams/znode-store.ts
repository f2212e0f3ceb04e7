import type { InjectionToken } from 'tsyringe'
import type { Zxid } from '../zxid.js'

/** A znode's handle: a positive number, stable while the znode lives, reused after. 0 is no znode. */
export type NodeId = number

/** The handle of no znode: what a search that finds nothing returns. */
export const NO_NODE: NodeId = 0

/** Told before a znode goes, so that a walk that stands on it can step on. */
export interface RemovalObserver {
  /** The znode is still there, and its handle good for this call only. Must not change the store. */
  removing(node: NodeId): void
}

/**
 * What the tree keeps its znodes in. Deals in bytes and numbers, never in object graphs: a million
 * znodes are a handful of arrays to the garbage collector.
 *
 * Paths are UTF-8 byte ranges as they arrive in requests. Everything is synchronous. Only the tree
 * writes. A handle given after its znode was removed gives arbitrary values, never a crash.
 */
export interface ZnodeStore {
  readonly root: NodeId
  /** Znodes in the store, the root included. */
  readonly count: number
  /** Sum of path and data bytes over all znodes, the root's path counting nothing. */
  readonly dataBytes: number

  /** The znode at an absolute path, or 0. */
  find(path: Uint8Array, start: number, end: number): NodeId
  /** The child of `parent` with this name, or 0. */
  findChild(parent: NodeId, name: Uint8Array, start: number, end: number): NodeId
  parentOf(node: NodeId): NodeId
  childCount(node: NodeId): number
  /** First child, or 0. With {@link nextSibling}: all children, in no promised order. */
  firstChild(node: NodeId): NodeId
  /** The next child of the same parent, or 0. */
  nextSibling(node: NodeId): NodeId

  /** Copies the znode's own name (not its path) and returns the end offset. */
  copyName(node: NodeId, target: Uint8Array, offset: number): number
  /** Bytes of the znode's own name. */
  nameLength(node: NodeId): number
  /** The absolute path. */
  pathOf(node: NodeId): string
  /** Length of the data, -1 for null data. */
  dataLength(node: NodeId): number
  /** Copies the data and returns the end offset. */
  copyData(node: NodeId, target: Uint8Array, offset: number): number

  // The fields of Apache's Stat; times in ms since 1970.
  czxid(node: NodeId): Zxid
  mzxid(node: NodeId): Zxid
  pzxid(node: NodeId): Zxid
  ctime(node: NodeId): number
  mtime(node: NodeId): number
  version(node: NodeId): number
  /** The stored counter, which counts creates of children only. */
  cversion(node: NodeId): number
  aversion(node: NodeId): number
  /** Key into the ACL table; -1 is the open ACL. */
  aclId(node: NodeId): number
  /** The ephemeral owner as two 32-bit halves; both 0 for a persistent znode. */
  ownerHigh(node: NodeId): number
  ownerLow(node: NodeId): number
  /** The digest of this znode as last stored by {@link setDigest}. */
  digest(node: NodeId): number

  /** Adds a znode below `parent`; the caller has made sure that the name is free. */
  create(parent: NodeId, name: Uint8Array, start: number, end: number, data: Uint8Array | null): NodeId
  /** The same with data in the middle of an array: `dataLength` bytes from `dataStart`, null data for -1. */
  createFrom(
    parent: NodeId,
    name: Uint8Array,
    start: number,
    end: number,
    data: Uint8Array,
    dataStart: number,
    dataLength: number,
  ): NodeId
  /** A hint that there will be about so many znodes in all; may be given again while more of them come. */
  expect(nodes: number): void
  /** Removes a znode without children. */
  remove(node: NodeId): void
  /** Replaces the data, by a copy. */
  setData(node: NodeId, data: Uint8Array | null): void
  setCzxid(node: NodeId, zxid: Zxid): void
  setMzxid(node: NodeId, zxid: Zxid): void
  setPzxid(node: NodeId, zxid: Zxid): void
  setCtime(node: NodeId, timeMs: number): void
  setMtime(node: NodeId, timeMs: number): void
  setVersion(node: NodeId, version: number): void
  setCversion(node: NodeId, cversion: number): void
  setAversion(node: NodeId, aversion: number): void
  setAclId(node: NodeId, aclId: number): void
  setOwner(node: NodeId, high: number, low: number): void
  setDigest(node: NodeId, digest: number): void
  /** Walks that stand on znodes are told of removals until the returned function is called. */
  observeRemovals(observer: RemovalObserver): () => void
}

/**
 * Makes an empty store. A server asks for one at each attempt to load: a damaged snapshot spoils the
 * store that it was read into. `seed` is for hashes that clients must not be able to foresee.
 */
export type ZnodeStoreFactory = (seed: number) => ZnodeStore

/** Where the server looks for a maker of znode stores: a tree that a leader sends is built beside the old one. */
export const ZNODE_STORE: InjectionToken<ZnodeStoreFactory> = Symbol.for('menagerie.ZnodeStore')
