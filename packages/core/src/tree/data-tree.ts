import { KeeperCode, OpCode } from '../jute/codes.js'
import type { ACL, Stat } from '../jute/records.js'
import { decodeUtf8, encodeUtf8, encodeUtf8Into, utf8Length } from '../jute/utf8.js'
import type { Crc32 } from '../seams/crc32.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import { NO_NODE, type NodeId, type ZnodeStore } from '../seams/znode-store.js'
import type { Zxid } from '../zxid.js'
import { AclTable, READ_ACL } from './acl-table.js'
import { type DigestFields, emptyFields, readFields } from './digest-fields.js'
import {
  CONTAINER_OWNER_HIGH,
  CONTAINER_OWNER_LOW,
  type ExtendedTypes,
  joinHalves,
  ttlOwner,
} from './ephemeral-owner.js'
import { OwnedZnodes } from './owned-znodes.js'
import { QUOTA_ROOT } from './quota.js'
import { QuotaUsage } from './quota-usage.js'
import { DigestCalculator, DigestSum } from './tree-digest.js'
import type { CreateTxn, SubTxn, Txn, TxnHeader } from './txn.js'
import { STAT_BYTES, statOf, writeStat } from './znode-stat.js'

/**
 * Known digests are looked for one after another; a transaction of more changes, such as a multi of ten
 * thousand creates, has them computed again instead.
 */
const KNOWN_DIGESTS_MAX = 16

/** What applying a transaction gave, for the reply: only what its kind of reply needs is there. */
export interface ApplyResult {
  readonly type: number
  readonly code: number
  readonly path: string
  /** The znode as it is right after, or 0. */
  readonly node: NodeId
  readonly results?: readonly ApplyResult[]
  /** The Stat in jute right after this operation: of parts of a multi, which later parts may change again. */
  readonly stat?: Uint8Array
}

export interface TreeOptions extends ExtendedTypes {
  readonly digestEnabled: boolean
  /** For the digests, where there is a faster one than the kernel's own. */
  readonly crc32?: Crc32
}

/** The digest that a znode has once a transaction is applied. */
export interface KnownDigest {
  readonly path: string
  readonly digest: number
}

const NO_DIGESTS: readonly KnownDigest[] = []

/**
 * The tree of znodes: {@link apply} is deterministic, so replicas that apply the same transactions are
 * equal. It knows nothing of sessions' life, of the network or of time; watches are told of each
 * change as it happens.
 *
 * Applying is idempotent, since a fuzzy snapshot already holds part of what the log repeats: creating
 * what is there and deleting what is not are passed over, and the counters of a parent only grow
 * (ZOOKEEPER-3306, -4846, -3144).
 */
export class DataTree {
  acls = new AclTable()
  /** Ephemerals, containers and TTL znodes. */
  owned: OwnedZnodes
  readonly quotas: QuotaUsage
  readonly digest = new DigestSum()
  readonly digests: DigestCalculator
  lastProcessedZxid: Zxid = 0
  private scratch = new Uint8Array(1024)
  private readonly fields: DigestFields = emptyFields()
  private known: readonly KnownDigest[] = NO_DIGESTS
  /** While a log is replayed nobody watches. */
  watches: WatchDispatcher | null = null

  constructor(
    public store: ZnodeStore,
    readonly options: TreeOptions,
  ) {
    this.digests = new DigestCalculator(options.crc32)
    this.owned = new OwnedZnodes(options)
    this.quotas = new QuotaUsage(this)
  }

  /**
   * Becomes another tree, whose parts are this one's from now on: how a learner goes over to the history of its
   * leader, while whoever holds this tree keeps it.
   */
  adopt(other: DataTree): void {
    this.store = other.store
    this.acls = other.acls
    this.owned = other.owned
    this.quotas.adopt(other.quotas)
    this.digest.set(other.digest)
    this.lastProcessedZxid = other.lastProcessedZxid
  }

  /** The tree of a server that has never run: /, /zookeeper, its quota and config. */
  initialise(): void {
    const { store } = this
    store.setData(store.root, EMPTY)
    store.setAclId(store.root, -1)
    this.refreshDigest(store.root, '/')
    const zookeeper = this.addBare(store.root, 'zookeeper', '/zookeeper')
    this.addBare(zookeeper, 'quota', QUOTA_ROOT)
    this.ensureConfigNode()
  }

  /** Snapshots from before 3.5 have no /zookeeper/config. */
  ensureConfigNode(): void {
    const zookeeper = this.find('/zookeeper')
    if (zookeeper === NO_NODE || this.find('/zookeeper/config') !== NO_NODE) return
    const config = this.addBare(zookeeper, 'config', '/zookeeper/config')
    this.store.setAclId(config, this.acls.use(READ_ACL))
    this.store.setAversion(config, -1)
  }

  /** Shows the ensemble's configuration in /zookeeper/config: each server's own doing, in no transaction. */
  showConfig(text: string, version: Zxid, timeMs: number): void {
    const node = this.find('/zookeeper/config')
    if (node === NO_NODE) return
    this.store.setData(node, encodeUtf8(text))
    this.store.setVersion(node, -1)
    this.store.setMzxid(node, version)
    this.store.setMtime(node, timeMs)
  }

  private addBare(parent: NodeId, name: string, path: string): NodeId {
    const bytes = encodeUtf8(name)
    const node = this.store.create(parent, bytes, 0, bytes.length, EMPTY)
    this.store.setAclId(node, -1)
    this.refreshDigest(node, path)
    return node
  }

  find(path: string): NodeId {
    const length = utf8Length(path)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    encodeUtf8Into(path, this.scratch, 0)
    return this.store.find(this.scratch, 0, length)
  }

  aclOf(node: NodeId): readonly ACL[] {
    return this.acls.get(this.store.aclId(node))
  }

  /** The data, copied; null where there are none. */
  dataOf(node: NodeId): Uint8Array | null {
    const length = this.store.dataLength(node)
    if (length < 0) return null
    const data = new Uint8Array(length)
    this.store.copyData(node, data, 0)
    return data
  }

  childNames(node: NodeId): string[] {
    const names: string[] = []
    for (let child = this.store.firstChild(node); child !== NO_NODE; child = this.store.nextSibling(child)) {
      names.push(this.nameOf(child))
    }
    return names
  }

  nameOf(node: NodeId): string {
    const length = this.store.nameLength(node)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    this.store.copyName(node, this.scratch, 0)
    return decodeUtf8(this.scratch, 0, length)
  }

  /** Znodes below `node`, itself not counted. */
  countDescendants(node: NodeId): number {
    const { store } = this
    if (node === store.root) return store.count - 1
    let count = 0
    const pending = [node]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      count += store.childCount(next)
      for (let child = store.firstChild(next); child !== NO_NODE; child = store.nextSibling(child)) {
        if (store.childCount(child) > 0) pending.push(child)
      }
    }
    return count
  }

  /** Writes the Stat that clients see, `STAT_BYTES` long. */
  writeStat(node: NodeId, target: Uint8Array, offset: number): void {
    writeStat(this.store, this.options, node, target, offset)
  }

  /** The same as an object. */
  statOf(node: NodeId): Stat {
    return statOf(this.store, this.options, node)
  }

  /**
   * Applies one transaction. Sessions themselves (createSession) are the session table's business.
   * `digests` are those that preparing the transaction has computed already.
   */
  apply(header: TxnHeader, txn: Txn, digests: readonly KnownDigest[] = NO_DIGESTS): ApplyResult {
    this.known = digests.length <= KNOWN_DIGESTS_MAX ? digests : NO_DIGESTS
    const result = txn.type === OpCode.multi ? this.applyMulti(header, txn.txns) : this.applyOne(header, txn)
    if (header.zxid > this.lastProcessedZxid) this.lastProcessedZxid = header.zxid
    return result
  }

  private applyMulti(header: TxnHeader, txns: readonly SubTxn[]): ApplyResult {
    const failedAt = txns.findIndex(txn => txn.type === OpCode.error && txn.code !== KeeperCode.Ok)
    const results =
      failedAt === -1
        ? txns.map(txn => this.withStat(this.applyOne(header, txn)))
        : txns.map((txn, at) => failedPart(txn, at < failedAt))
    return { type: OpCode.multi, code: KeeperCode.Ok, path: '', node: NO_NODE, results }
  }

  private withStat(result: ApplyResult): ApplyResult {
    if (result.node === NO_NODE) return result
    const stat = new Uint8Array(STAT_BYTES)
    this.writeStat(result.node, stat, 0)
    return { ...result, stat }
  }

  private applyOne(header: TxnHeader, txn: Exclude<Txn, { type: typeof OpCode.multi }>): ApplyResult {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return this.create(header, txn)
      case OpCode.delete:
      case OpCode.deleteContainer: {
        const code = this.delete(txn.path, header.zxid)
        return { type: txn.type, code, path: txn.path, node: NO_NODE }
      }
      case OpCode.setData:
      case OpCode.reconfig:
        return this.setData(header, txn.type, txn.path, txn.data, txn.version)
      case OpCode.setACL: {
        const node = this.find(txn.path)
        if (node === NO_NODE) return { type: txn.type, code: KeeperCode.NoNode, path: txn.path, node }
        this.setAcl(node, txn.path, txn.acl, txn.version)
        return { type: txn.type, code: KeeperCode.Ok, path: txn.path, node }
      }
      case OpCode.closeSession:
        this.closeSession(joinHalves(header.clientHigh, header.clientLow), header.zxid, txn.paths)
        return { type: txn.type, code: KeeperCode.Ok, path: '', node: NO_NODE }
      case OpCode.check:
        return { type: txn.type, code: KeeperCode.Ok, path: txn.path, node: NO_NODE }
      case OpCode.error:
        return { type: txn.type, code: txn.code, path: '', node: NO_NODE }
      case OpCode.createSession:
        return { type: txn.type, code: KeeperCode.Ok, path: '', node: NO_NODE }
    }
  }

  private create(header: TxnHeader, txn: CreateTxn): ApplyResult {
    const { store } = this
    const { path, type } = txn
    const length = utf8Length(path)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    const bytes = this.scratch
    encodeUtf8Into(path, bytes, 0)
    let slash = length - 1
    while (slash > 0 && bytes[slash] !== 0x2f) slash--
    const parent = slash === 0 ? store.root : store.find(bytes, 0, slash)
    if (parent === NO_NODE) return { type, code: KeeperCode.NoNode, path, node: NO_NODE }

    const existing = store.findChild(parent, bytes, slash + 1, length)
    if (existing !== NO_NODE) {
      // A replay over a fuzzy snapshot: its ACL may have been missing there, its parent's counter behind.
      const acl = this.acls.use(txn.acl)
      this.acls.release(store.aclId(existing))
      store.setAclId(existing, acl)
      this.raiseCversion(parent, parentPathOf(path), txn.parentCVersion, header.zxid)
      return { type, code: KeeperCode.NodeExists, path, node: existing }
    }

    const node = store.create(parent, bytes, slash + 1, length, txn.data)
    store.setCzxid(node, header.zxid)
    store.setMzxid(node, header.zxid)
    store.setPzxid(node, header.zxid)
    store.setCtime(node, header.timeMs)
    store.setMtime(node, header.timeMs)
    store.setAclId(node, this.acls.use(txn.acl))
    this.own(node, header, txn)
    this.raiseCversion(parent, parentPathOf(path), txn.parentCVersion, header.zxid)
    if (this.options.digestEnabled) this.refreshDigest(node, path)

    this.quotas.created(path, txn.data)
    const { watches } = this
    if (watches !== null && !watches.isEmpty) {
      watches.created(path, header.zxid, store.aclId(node))
      watches.childrenChanged(parentPathOf(path), header.zxid, store.aclId(parent))
    }
    return { type, code: KeeperCode.Ok, path, node }
  }

  private own(node: NodeId, header: TxnHeader, txn: CreateTxn): void {
    if (txn.type === OpCode.createContainer) {
      this.store.setOwner(node, CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW)
    } else if (txn.type === OpCode.createTTL) {
      const { high, low } = ttlOwner(txn.ttlMs, this.options)
      this.store.setOwner(node, high, low)
    } else if (txn.ephemeral) {
      this.store.setOwner(node, header.clientHigh, header.clientLow)
    } else {
      return
    }
    this.indexOwner(node)
  }

  /** Puts a znode into the set that its owner names. */
  indexOwner(node: NodeId): void {
    this.owned.add(node, this.store.ownerHigh(node), this.store.ownerLow(node))
  }

  private raiseCversion(parent: NodeId, path: string, cversion: number, zxid: Zxid): void {
    const present = this.store.cversion(parent)
    const next = cversion === -1 ? present + 1 : cversion
    // As signed 32-bit numbers: the counter wraps, and a wrapped one must still count as greater.
    if (((next - present) | 0) <= 0) return
    this.store.setCversion(parent, next)
    this.store.setPzxid(parent, zxid)
    if (this.options.digestEnabled) this.refreshDigest(parent, path)
  }

  private delete(path: string, zxid: Zxid): number {
    const { store, watches } = this
    const node = this.find(path)
    if (node === NO_NODE) {
      // Its parent still learns of the delete that a fuzzy snapshot has already seen.
      const slash = path.lastIndexOf('/')
      const parent = this.find(slash === 0 ? '/' : path.slice(0, slash))
      if (parent !== NO_NODE && zxid > store.pzxid(parent)) {
        store.setPzxid(parent, zxid)
        if (this.options.digestEnabled) this.refreshDigest(parent)
      }
      return KeeperCode.NoNode
    }
    // Only in a replay over a fuzzy snapshot that shows the znode as it was created again, with children:
    // the log repeats both creations. Left alone, they would hang on a znode that is gone.
    while (store.childCount(node) > 0) this.delete(store.pathOf(store.firstChild(node)), zxid)
    const parent = store.parentOf(node)
    const acl = store.aclId(node)
    const dataLength = Math.max(store.dataLength(node), 0)
    if (this.options.digestEnabled) this.digest.subtract(store.digest(node))
    this.owned.remove(node, store.ownerHigh(node), store.ownerLow(node))
    store.remove(node)
    if (zxid > store.pzxid(parent)) {
      store.setPzxid(parent, zxid)
      if (this.options.digestEnabled) this.refreshDigest(parent, parentPathOf(path))
    }
    this.quotas.deleted(path, dataLength)
    if (watches !== null && !watches.isEmpty) {
      watches.deleted(path, zxid, acl)
      watches.childrenChanged(parentPathOf(path), zxid, store.aclId(parent))
    }
    this.acls.release(acl)
    return KeeperCode.Ok
  }

  private setData(
    header: TxnHeader,
    type: typeof OpCode.setData | typeof OpCode.reconfig,
    path: string,
    data: Uint8Array | null,
    version: number,
  ): ApplyResult {
    const { store } = this
    const node = this.find(path)
    if (node === NO_NODE) return { type, code: KeeperCode.NoNode, path, node }
    const before = Math.max(store.dataLength(node), 0)
    store.setData(node, data)
    store.setMtime(node, header.timeMs)
    store.setMzxid(node, header.zxid)
    store.setVersion(node, version)
    if (this.options.digestEnabled) this.refreshDigest(node, path)
    this.quotas.grown(path, (data?.length ?? 0) - before)
    if (this.watches !== null && !this.watches.isEmpty) this.watches.dataChanged(path, header.zxid, store.aclId(node))
    return { type, code: KeeperCode.Ok, path, node }
  }

  private setAcl(node: NodeId, path: string, acl: readonly ACL[] | null, version: number): void {
    const id = this.acls.use(acl)
    this.acls.release(this.store.aclId(node))
    this.store.setAclId(node, id)
    this.store.setAversion(node, version)
    if (this.options.digestEnabled) this.refreshDigest(node, path)
  }

  private closeSession(session: bigint, zxid: Zxid, listed: readonly string[] | null): void {
    if (listed !== null) for (const path of listed) this.delete(path, zxid)
    const left = this.owned.ephemerals.get(session)
    if (left === undefined) return
    for (const node of [...left]) this.delete(this.store.pathOf(node), zxid)
  }

  /** The paths of a session's ephemerals. */
  ephemeralsOf(session: bigint): string[] {
    const nodes = this.owned.ephemerals.get(session)
    return nodes === undefined ? [] : [...nodes].map(node => this.store.pathOf(node))
  }

  /** Recomputes a znode's digest after a change and moves the tree's by the difference. */
  refreshDigest(node: NodeId, path: string = this.store.pathOf(node)): void {
    const { store, fields, known } = this
    // The last one of a path is right in the end, and only the end counts: the sum moves by differences.
    for (let i = known.length - 1; i >= 0; i--) {
      if (known[i].path !== path) continue
      this.digest.subtract(store.digest(node))
      store.setDigest(node, known[i].digest)
      this.digest.add(known[i].digest)
      return
    }
    const length = Math.max(store.dataLength(node), 0)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    this.digest.subtract(store.digest(node))
    readFields(store, node, fields)
    store.copyData(node, this.scratch, 0)
    const digest = this.digests.nodeDigest(path, this.scratch, 0, length, fields)
    store.setDigest(node, digest)
    this.digest.add(digest)
  }
}

const EMPTY = new Uint8Array(0)

/**
 * One part of a failed multi: what precedes the failing part did not happen either. Apache logs that as
 * it was asked for, Menagerie as an error of code Ok.
 */
function failedPart(txn: SubTxn, preceding: boolean): ApplyResult {
  const otherwise = preceding ? KeeperCode.Ok : KeeperCode.RuntimeInconsistency
  const code = txn.type === OpCode.error ? txn.code : otherwise
  return { type: OpCode.error, code, path: '', node: NO_NODE }
}

export function parentPathOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}
