import { JuteReader } from '../jute/reader.js'
import { ACL } from '../jute/records.js'
import { decodeUtf8 } from '../jute/utf8.js'
import { NO_NODE, type NodeId } from '../seams/znode-store.js'
import type { DataTree } from './data-tree.js'
import type { StoredDigests } from './stored-digests.js'
import { DIGEST_VERSION } from './tree-digest.js'

type Stage = 'sessions' | 'acls' | 'znodes' | 'digest' | 'lastZxid' | 'done'

/** The digest that a snapshot carries for a zxid. */
export interface SnapshotDigest {
  readonly zxid: number
  readonly version: number
  readonly high: number
  readonly low: number
}

/**
 * Builds tree and sessions out of a snapshot's bytes, which arrive in chunks of any size
 * (see snapshot-writer.ts for the format). Failure leaves a half-built tree: throw it away.
 */
export class SnapshotLoader {
  readonly sessions: [id: bigint, timeoutMs: number][] = []
  digest: SnapshotDigest | null = null
  lastProcessedZxid: number | null = null
  private stage: Stage = 'sessions'
  private readonly reader = new JuteReader()
  /** The bytes that the reader reads. */
  private view: DataView = new DataView(NOTHING.buffer)
  /** What is left of the chunks so far: the beginning of a record that is still to be completed. */
  private held = NOTHING
  private heldLength = 0
  /** How long that record is, where it says so: there is no use in looking at it before all of it is there. */
  private needed = 0
  private sessionsLeft = -1
  private aclsLeft = -1
  /** Parents of the znode read last, by depth: depth-first order makes looking them up rare. */
  private lastParent: NodeId = NO_NODE
  private lastParentPath = new Uint8Array(256)
  private lastParentLength = -1

  /**
   * @param trailers whether digest and zxid may follow the tree, as in files; on a link something else does
   * @param digests of the znodes, where they were kept beside the snapshot
   */
  constructor(
    private readonly tree: DataTree,
    private readonly trailers = true,
    private readonly digests: StoredDigests | null = null,
  ) {}

  /** Whether the tree is complete: all that may follow are the trailers. */
  get bodyComplete(): boolean {
    return this.stage !== 'sessions' && this.stage !== 'acls' && this.stage !== 'znodes'
  }

  /**
   * Takes the next bytes.
   * @throws Error saying what does not fit; RangeError-free on any input.
   */
  push(chunk: Uint8Array): void {
    const joined = this.heldLength > 0
    if (joined) this.hold(chunk)
    if (this.heldLength < this.needed) return
    const { reader } = this
    if (joined) reader.reset(this.held, 0, this.heldLength)
    else reader.reset(chunk, 0, chunk.length)
    this.view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset, reader.limit)
    if (this.tree.options.digestEnabled && !this.digests?.trusted)
      this.tree.digests.beginSnapshotBytes(reader.bytes, reader.limit)
    this.needed = 0
    while (this.stage !== 'done' && this.step(reader));
    this.tree.digests.endSnapshotBytes()
    if (joined) {
      this.held.copyWithin(0, reader.position, this.heldLength)
      this.heldLength -= reader.position
    } else {
      this.hold(chunk.subarray(reader.position))
    }
  }

  /** The buffer doubles, so that a record of many chunks is copied about twice, and not once for each of them. */
  private hold(chunk: Uint8Array): void {
    const length = this.heldLength + chunk.length
    if (length > this.held.length) {
      const larger = new Uint8Array(Math.max(length, this.held.length * 2))
      larger.set(this.held.subarray(0, this.heldLength))
      this.held = larger
    }
    this.held.set(chunk, this.heldLength)
    this.heldLength = length
  }

  /** What came after the end of the tree. */
  get remainder(): Uint8Array {
    return this.stage === 'done' ? this.held.slice(0, this.heldLength) : NOTHING
  }

  /** Ends the input. @throws Error when the tree was not complete. */
  finish(): void {
    if (!this.bodyComplete) throw new Error(`snapshot ends among its ${this.stage}`)
    // Without a digest the last zxid alone may follow (digest.enabled=false).
    if (this.stage === 'digest' && this.heldLength === 8) {
      this.reader.reset(this.held, 0, this.heldLength)
      this.lastProcessedZxid = this.reader.long()
    }
    this.digests?.finish()
    this.tree.acls.dropUnused()
    this.tree.ensureConfigNode()
    this.tree.quotas.load()
  }

  /** Reads one record; false, with the reader where it was, when the record is not all there. */
  private step(reader: JuteReader): boolean {
    switch (this.stage) {
      case 'sessions':
        return this.sessionsLeft < 0 ? this.readSessionCount(reader) : this.readSession(reader)
      case 'acls':
        return this.aclsLeft < 0 ? this.readAclCount(reader) : this.readAcl(reader)
      case 'znodes':
        return this.readZnode(reader)
      case 'digest': {
        if (reader.remaining < 20) return false
        const zxid = reader.long()
        const version = reader.int()
        if (version !== DIGEST_VERSION) throw new Error(`snapshot with a digest of version ${version}`)
        this.digest = { zxid, version, high: reader.int() >>> 0, low: reader.int() >>> 0 }
        this.stage = 'lastZxid'
        return true
      }
      case 'lastZxid':
        if (reader.remaining < 8) return false
        this.lastProcessedZxid = reader.long()
        this.stage = 'done'
        return true
      case 'done':
        return false
    }
  }

  private readSessionCount(reader: JuteReader): boolean {
    if (reader.remaining < 4) return false
    this.sessionsLeft = reader.int()
    if (this.sessionsLeft < 0) throw new Error(`snapshot with ${this.sessionsLeft} sessions`)
    if (this.sessionsLeft === 0) this.stage = 'acls'
    return true
  }

  private readSession(reader: JuteReader): boolean {
    if (reader.remaining < 12) return false
    this.sessions.push([reader.long64(), reader.int()])
    if (--this.sessionsLeft === 0) this.stage = 'acls'
    return true
  }

  private readAclCount(reader: JuteReader): boolean {
    if (reader.remaining < 4) return false
    this.aclsLeft = reader.int()
    if (this.aclsLeft < 0) throw new Error(`snapshot with ${this.aclsLeft} ACLs`)
    if (this.aclsLeft === 0) this.stage = 'znodes'
    return true
  }

  private readAcl(reader: JuteReader): boolean {
    const start = reader.position
    if (!this.aclIsComplete(reader)) {
      reader.position = start
      return false
    }
    reader.position = start
    const id = reader.long()
    const count = reader.int()
    const acl: ACL[] = []
    for (let i = 0; i < count; i++) acl.push(ACL.read(reader))
    this.tree.acls.load(id, acl)
    if (--this.aclsLeft === 0) this.stage = 'znodes'
    return true
  }

  private aclIsComplete(reader: JuteReader): boolean {
    if (reader.remaining < 12) return false
    reader.position += 8
    const count = reader.int()
    if (count < 0) throw new Error(`ACL of ${count} entries`)
    for (let i = 0; i < count; i++) {
      if (reader.remaining < 8) return false
      reader.position += 4
      for (let field = 0; field < 2; field++) {
        if (reader.remaining < 4) return false
        const length = reader.int()
        if (length < -1) throw new Error(`ACL with a text of ${length} bytes`)
        if (length > reader.remaining) return false
        reader.position += Math.max(length, 0)
      }
    }
    return true
  }

  private readZnode(reader: JuteReader): boolean {
    const start = reader.position
    if (reader.remaining < 4) return false
    const pathLength = reader.int()
    if (pathLength < 0 || pathLength > FIELD_BYTES_MAX) throw new Error(`znode with a path of ${pathLength} bytes`)
    const pathStart = reader.position
    if (reader.remaining < pathLength) return this.incomplete(reader, start, pathStart + pathLength - start)
    reader.position += pathLength
    if (pathLength === 1 && reader.bytes[pathStart] === SLASH) {
      this.stage = this.trailers ? 'digest' : 'done'
      return true
    }
    if (reader.remaining < 4) return this.incomplete(reader, start, 0)
    const dataLength = reader.int()
    if (dataLength < -1 || dataLength > FIELD_BYTES_MAX) throw new Error(`znode with data of ${dataLength} bytes`)
    const dataStart = reader.position
    const end = dataStart + Math.max(dataLength, 0) + STAT_BYTES
    if (reader.limit < end) return this.incomplete(reader, start, end - start)
    reader.position += Math.max(dataLength, 0)
    const statStart = reader.position + ACL_ID_BYTES
    const node = this.place(reader.bytes, pathStart, pathStart + pathLength, dataStart, dataLength)
    this.readStat(node, reader.position)
    reader.position = end
    const { tree } = this
    tree.store.setAclId(node, tree.acls.useLoaded(tree.store.aclId(node)))
    if (tree.store.ownerHigh(node) !== 0 || tree.store.ownerLow(node) !== 0) tree.indexOwner(node)
    if (tree.options.digestEnabled) {
      const pathEnd = pathStart + pathLength
      const digest = this.digests?.trusted
        ? this.digests.take()
        : this.computedDigest(reader.bytes, pathStart, pathEnd, dataStart, statStart)
      tree.store.setDigest(node, digest)
      tree.digest.add(digest)
    }
    return true
  }

  private computedDigest(
    bytes: Uint8Array,
    pathStart: number,
    pathEnd: number,
    dataStart: number,
    statStart: number,
  ): number {
    const dataEnd = statStart - ACL_ID_BYTES
    const digest = this.tree.digests.snapshotDigest(bytes, pathStart, pathEnd, dataStart, dataEnd, statStart)
    this.digests?.compare(digest)
    return digest
  }

  private incomplete(reader: JuteReader, start: number, needed: number): false {
    reader.position = start
    this.needed = needed
    return false
  }

  private place(bytes: Uint8Array, start: number, end: number, dataStart: number, dataLength: number): NodeId {
    const { store } = this.tree
    if (start === end) {
      store.setData(store.root, dataLength < 0 ? null : bytes.subarray(dataStart, dataStart + dataLength))
      return store.root
    }
    let slash = end - 1
    while (slash > start && bytes[slash] !== SLASH) slash--
    if (bytes[slash] !== SLASH) throw new Error(`znode with the path "${decodeUtf8(bytes, start, end)}"`)
    const parent = this.parentAt(bytes, start, slash)
    if (parent === NO_NODE) {
      throw new Error(`znode ${decodeUtf8(bytes, start, end)} before its parent`)
    }
    return store.createFrom(parent, bytes, slash + 1, end, bytes, dataStart, dataLength)
  }

  private parentAt(bytes: Uint8Array, start: number, end: number): NodeId {
    const { store } = this.tree
    const length = end - start
    if (length === 0) return store.root
    if (length === this.lastParentLength) {
      let i = length - 1
      while (i >= 0 && this.lastParentPath[i] === bytes[start + i]) i--
      if (i < 0) return this.lastParent
    }
    const parent = store.find(bytes, start, end)
    if (length > this.lastParentPath.length) this.lastParentPath = new Uint8Array(length * 2)
    this.lastParentPath.set(bytes.subarray(start, end))
    this.lastParentLength = length
    this.lastParent = parent
    return parent
  }

  /** All of it is there, so that it is read without asking again for each field. */
  private readStat(node: NodeId, at: number): void {
    const { store } = this.tree
    const { view } = this
    store.setAclId(node, longAt(view, at))
    store.setCzxid(node, longAt(view, at + 8))
    store.setMzxid(node, longAt(view, at + 16))
    store.setCtime(node, longAt(view, at + 24))
    store.setMtime(node, longAt(view, at + 32))
    store.setVersion(node, view.getInt32(at + 40))
    store.setCversion(node, view.getInt32(at + 44))
    store.setAversion(node, view.getInt32(at + 48))
    store.setOwner(node, view.getInt32(at + 52), view.getInt32(at + 56))
    store.setPzxid(node, longAt(view, at + 60))
  }
}

const longAt = (view: DataView, at: number): number => view.getInt32(at) * TWO_32 + view.getUint32(at + 4)

const TWO_32 = 0x1_0000_0000

const SLASH = 0x2f
/** Far more than any server takes from a client: a length above it is damage, which is not to fill the memory first. */
const FIELD_BYTES_MAX = 1 << 30
const NOTHING = new Uint8Array(0)
const ACL_ID_BYTES = 8
/** ACL id and stat of a znode. */
const STAT_BYTES = 68
