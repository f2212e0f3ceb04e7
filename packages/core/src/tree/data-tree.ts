import type { ACL } from '../jute/records.js'
import { encodeUtf8, encodeUtf8Into, utf8Length } from '../jute/utf8.js'
import type { Crc32 } from '../seams/crc32.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import { NO_NODE, type NodeId, type ZnodeStore } from '../seams/znode-store.js'
import type { Zxid } from '../zxid.js'
import { AclTable, READ_ACL } from './acl-table.js'
import { type DigestFields, emptyFields, readFields } from './digest-fields.js'
import type { ExtendedTypes } from './ephemeral-owner.js'
import { OwnedZnodes } from './owned-znodes.js'
import { QUOTA_ROOT } from './quota.js'
import { QuotaUsage } from './quota-usage.js'
import { applyTxn } from './transactions/apply.js'
import type { ApplyResult } from './transactions/apply-result.js'
import { DigestCalculator, DigestSum } from './tree-digest.js'
import type { Txn, TxnHeader } from './txn.js'
import { writeStat } from './znode-stat.js'

export type { ApplyResult } from './transactions/apply-result.js'

/**
 * Known digests are looked for one after another; a transaction of more changes, such as a multi of ten
 * thousand creates, has them computed again instead.
 */
const KNOWN_DIGESTS_MAX = 16

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
  /** For whoever works on this tree, until the next call of any of its methods. */
  scratch = new Uint8Array(1024)
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
    const length = this.encode(path)
    return this.store.find(this.scratch, 0, length)
  }

  /** Puts a path into {@link scratch}, and gives its length there. */
  encode(path: string): number {
    const length = utf8Length(path)
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    encodeUtf8Into(path, this.scratch, 0)
    return length
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

  /**
   * Applies one transaction. Sessions themselves (createSession) are the session table's business.
   * `digests` are those that preparing the transaction has computed already.
   */
  apply(header: TxnHeader, txn: Txn, digests: readonly KnownDigest[] = NO_DIGESTS): ApplyResult {
    this.known = digests.length <= KNOWN_DIGESTS_MAX ? digests : NO_DIGESTS
    const result = applyTxn(this, header, txn)
    if (header.zxid > this.lastProcessedZxid) this.lastProcessedZxid = header.zxid
    return result
  }

  /** Puts a znode into the set that its owner names. */
  indexOwner(node: NodeId): void {
    this.owned.add(node, this.store.ownerHigh(node), this.store.ownerLow(node))
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
