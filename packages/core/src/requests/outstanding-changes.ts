import { RenewedMap } from '../collections/renewed.js'
import type { ACL } from '../jute/records.js'
import { NO_NODE, type NodeId } from '../seams/znode-store.js'
import type { DataTree } from '../tree/data-tree.js'
import { type DigestFields, emptyFields, readFields } from '../tree/digest-fields.js'
import { joinHalves } from '../tree/ephemeral-owner.js'
import { DigestSum } from '../tree/tree-digest.js'
import type { Zxid } from '../zxid.js'

/** A znode as it will be once the transactions proposed so far have been applied. */
export interface ChangeRecord {
  readonly path: string
  /** The transaction that made it so; 0 for the state of the tree. */
  readonly zxid: Zxid
  readonly exists: boolean
  readonly fields: DigestFields
  readonly childCount: number
  readonly acl: readonly ACL[]
  /** The data, or the znode in the tree that still holds them. */
  readonly data: Uint8Array | null | NodeId
  readonly digest: number
}

interface Usage {
  count: number
  bytes: number
}

/**
 * What transactions that are proposed and not yet applied will have made of the tree. A request is
 * prepared against this, so that transactions carry results (versions, sequence numbers) and can be
 * pipelined without waiting for each other (the paper, section 4.1).
 *
 * A failed multi is taken back by {@link rollback}; everything else leaves when it has been applied.
 */
export class OutstandingChanges {
  private readonly byPath = new RenewedMap<string, ChangeRecord>()
  /** Of {@link byPath}, the znodes that will be there with an owner, by its id: when sessions end, all of them are asked. */
  private readonly owned = new Map<bigint, Set<ChangeRecord>>()
  private readonly usage = new Map<string, Usage>()
  /** Digest of the tree with all of these applied. */
  readonly digest = new DigestSum()
  private savedDigest = { high: 0, low: 0 }
  private saved: { record: ChangeRecord; before: ChangeRecord | undefined }[] | null = null

  constructor(private readonly tree: DataTree) {
    this.digest.set(tree.digest)
  }

  /** The znode at `path`, or null. The root is `/`. */
  get(path: string): ChangeRecord | null {
    const pending = this.byPath.get(path)
    if (pending !== undefined) return pending.exists ? pending : null
    const node = this.tree.find(path)
    return node === NO_NODE ? null : this.read(node, path)
  }

  exists(path: string): boolean {
    const pending = this.byPath.get(path)
    return pending === undefined ? this.tree.find(path) !== NO_NODE : pending.exists
  }

  private read(node: NodeId, path: string): ChangeRecord {
    const { store } = this.tree
    const fields = emptyFields()
    readFields(store, node, fields)
    return {
      path,
      zxid: 0,
      exists: true,
      fields,
      childCount: store.childCount(node),
      acl: this.tree.aclOf(node),
      data: node,
      digest: store.digest(node),
    }
  }

  dataLength(record: ChangeRecord): number {
    const { data } = record
    if (typeof data === 'number') return Math.max(this.tree.store.dataLength(data), 0)
    return data?.length ?? 0
  }

  /** Puts a new state in front, and returns it. `before` is the state that it replaces. */
  change(
    before: ChangeRecord | null,
    path: string,
    zxid: Zxid,
    fields: DigestFields,
    childCount: number,
    acl: readonly ACL[],
    data: Uint8Array | null | NodeId,
  ): ChangeRecord {
    const digest = this.tree.options.digestEnabled ? this.digestOf(path, data, fields) : 0
    if (before !== null) this.digest.subtract(before.digest)
    this.digest.add(digest)
    const record: ChangeRecord = { path, zxid, exists: true, fields, childCount, acl, data, digest }
    this.put(record)
    return record
  }

  remove(before: ChangeRecord, zxid: Zxid): ChangeRecord {
    this.digest.subtract(before.digest)
    const record: ChangeRecord = { ...before, zxid, exists: false, data: null, digest: 0 }
    this.put(record)
    return record
  }

  private put(record: ChangeRecord): void {
    const before = this.byPath.get(record.path)
    this.saved?.push({ record, before })
    this.replace(record.path, before, record)
  }

  private replace(path: string, before: ChangeRecord | undefined, after: ChangeRecord | undefined): void {
    if (before !== undefined && isOwned(before)) this.disown(before)
    if (after === undefined) {
      this.byPath.delete(path)
      return
    }
    this.byPath.set(path, after)
    if (!isOwned(after)) return
    const owner = ownerOf(after)
    const records = this.owned.get(owner)
    if (records === undefined) this.owned.set(owner, new Set([after]))
    else records.add(after)
  }

  private disown(record: ChangeRecord): void {
    const owner = ownerOf(record)
    const records = this.owned.get(owner)
    if (records?.delete(record) && records.size === 0) this.owned.delete(owner)
  }

  private digestOf(path: string, data: Uint8Array | null | NodeId, fields: DigestFields): number {
    const { digests } = this.tree
    if (data === null) return digests.nodeDigest(path, null, 0, 0, fields)
    if (typeof data !== 'number') return digests.nodeDigest(path, data, 0, data.length, fields)
    const length = this.tree.store.dataLength(data)
    if (length <= 0) return digests.nodeDigest(path, null, 0, 0, fields)
    return digests.nodeDigest(path, this.tree.dataOf(data), 0, length, fields)
  }

  /** Remembers the present state until {@link commit} or {@link rollback}. */
  begin(): void {
    this.saved = []
    this.savedDigest = { high: this.digest.high, low: this.digest.low }
  }

  commit(): void {
    this.saved = null
  }

  /** Takes back every change since {@link begin}. */
  rollback(): void {
    const saved = this.saved ?? []
    for (let i = saved.length - 1; i >= 0; i--) {
      const { record, before } = saved[i]
      this.replace(record.path, record, before)
    }
    this.digest.set(this.savedDigest)
    this.saved = null
  }

  /** A transaction has been applied: what it made is now what the tree says. */
  applied(records: readonly ChangeRecord[]): void {
    for (const record of records) {
      if (this.byPath.get(record.path) === record) this.replace(record.path, record, undefined)
    }
  }

  /** What not yet applied transactions add to the usage of a quota. */
  pendingUsage(quota: string): Usage {
    return this.usage.get(quota) ?? { count: 0, bytes: 0 }
  }

  /** Adds to the pending usage; the applied transaction takes it away again by the negative. */
  addUsage(quota: string, count: number, bytes: number): void {
    const usage = this.pendingUsage(quota)
    const next = { count: usage.count + count, bytes: usage.bytes + bytes }
    if (next.count === 0 && next.bytes === 0) this.usage.delete(quota)
    else this.usage.set(quota, next)
  }

  /** Paths of a session's ephemerals, with what is outstanding. */
  ephemeralsOf(session: { readonly id: bigint }): string[] {
    // Whatever is outstanding has the last word, also where it has put something else in an ephemeral's place.
    const paths = this.tree.ephemeralsOf(session.id).filter(path => !this.byPath.has(path))
    for (const record of this.owned.get(session.id) ?? []) paths.push(record.path)
    return paths
  }
}

function isOwned({ exists, fields }: ChangeRecord): boolean {
  return exists && (fields.ownerHigh !== 0 || fields.ownerLow !== 0)
}

function ownerOf({ fields }: ChangeRecord): bigint {
  return joinHalves(fields.ownerHigh, fields.ownerLow)
}
