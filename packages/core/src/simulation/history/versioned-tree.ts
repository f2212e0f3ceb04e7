import { EventType, OpCode } from '../../jute/codes.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import type { CreateTxn, Txn } from '../../tree/txn.js'
import type { Zxid } from '../../zxid.js'
import type { Commit, ShownConfiguration } from './history.js'

/** A znode as the model knows it. Nothing in it changes: every transaction makes a new one. */
export interface ModelZnode {
  readonly data: string
  readonly czxid: Zxid
  readonly mzxid: Zxid
  readonly pzxid: Zxid
  readonly version: number
  /** Children ever created: what sequential names count with. */
  readonly created: number
  /** 0 for a znode of no session. */
  readonly owner: bigint
  /** Names, sorted. */
  readonly children: readonly string[]
}

/** What watchers may hear of: an event type at a path, caused by a transaction. */
export interface Change {
  readonly zxid: Zxid
  readonly type: number
  readonly path: string
}

interface Version {
  readonly zxid: Zxid
  readonly znode: ModelZnode | null
}

const CONFIG_PATH = '/zookeeper/config'

const EMPTY: ModelZnode = {
  data: '',
  czxid: 0,
  mzxid: 0,
  pzxid: 0,
  version: 0,
  created: 0,
  owner: 0n,
  children: [],
}

/**
 * Every state that the tree went through, out of the committed transactions: a second, plain implementation of
 * what transactions mean, which the real one is held against.
 */
export class VersionedTree {
  /** Of each path its states, oldest first. */
  private readonly versions = new Map<string, Version[]>()
  private readonly ephemerals = new Map<bigint, Set<string>>()
  /** All changes in order. */
  readonly changes: Change[] = []
  /** Sessions that have begun and not ended, after the last transaction. */
  readonly sessions = new Set<bigint>()
  lastZxid: Zxid = 0

  /** @param configuration What /zookeeper/config shows before the first reconfiguration; undefined: it is not looked at. */
  constructor(commits: readonly Commit[], configuration?: ShownConfiguration) {
    this.put('/', 0, { ...EMPTY, children: ['zookeeper'] })
    this.put('/zookeeper', 0, { ...EMPTY, children: ['config', 'quota'] })
    this.put('/zookeeper/quota', 0, EMPTY)
    const config = configuration && { data: configuration.text, mzxid: configuration.version, version: -1 }
    this.put(CONFIG_PATH, 0, { ...EMPTY, ...config })
    for (const commit of commits) this.apply(commit)
  }

  /** The znode at `path` right after the transaction `zxid`; null where there was none. */
  at(path: string, zxid: Zxid): ModelZnode | null {
    const versions = this.versions.get(path)
    if (versions === undefined) return null
    let low = 0
    let high = versions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (versions[middle].zxid <= zxid) low = middle + 1
      else high = middle
    }
    return low === 0 ? null : versions[low - 1].znode
  }

  /** Every znode right after the transaction `zxid`. */
  *all(zxid: Zxid): Iterable<readonly [path: string, znode: ModelZnode]> {
    for (const path of this.versions.keys()) {
      const znode = this.at(path, zxid)
      if (znode !== null) yield [path, znode]
    }
  }

  /** The ephemerals of a session after the last transaction. */
  ephemeralsOf(session: bigint): readonly string[] {
    return [...(this.ephemerals.get(session) ?? [])]
  }

  apply(commit: Commit): void {
    const { zxid, session, txn } = commit
    this.lastZxid = zxid
    if (txn.type === OpCode.createSession) {
      this.sessions.add(session)
    } else if (txn.type === OpCode.closeSession) {
      this.sessions.delete(session)
      const paths = txn.paths ?? this.ephemeralsOf(session)
      for (const path of paths) this.delete(path, zxid)
    } else if (txn.type === OpCode.multi) {
      if (txn.txns.some(part => part.type === OpCode.error)) return
      for (const part of txn.txns) this.change(part, zxid, session)
    } else {
      this.change(txn, zxid, session)
    }
  }

  private change(txn: Txn, zxid: Zxid, session: bigint): void {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        this.create(txn, zxid, txn.ephemeral ? session : 0n)
        return
      case OpCode.delete:
      case OpCode.deleteContainer:
        this.delete(txn.path, zxid)
        return
      case OpCode.reconfig:
        this.reconfigure(zxid, text(txn.data))
        return
      case OpCode.setData: {
        const znode = this.now(txn.path)
        if (znode === null) return
        this.put(txn.path, zxid, { ...znode, data: text(txn.data), mzxid: zxid, version: znode.version + 1 })
        this.changes.push({ zxid, type: EventType.NodeDataChanged, path: txn.path })
      }
    }
  }

  /** A new configuration; its version stands in the text, and the znode's stays -1. */
  private reconfigure(zxid: Zxid, data: string): void {
    this.put(CONFIG_PATH, zxid, { ...this.now(CONFIG_PATH)!, data, mzxid: zxid })
    this.changes.push({ zxid, type: EventType.NodeDataChanged, path: CONFIG_PATH })
  }

  private create(txn: CreateTxn, zxid: Zxid, owner: bigint): void {
    const { path } = txn
    if (this.now(path) !== null) return
    const data = text(txn.data)
    this.put(path, zxid, { ...EMPTY, data, czxid: zxid, mzxid: zxid, pzxid: zxid, owner })
    if (owner !== 0n) {
      const owned = this.ephemerals.get(owner)
      if (owned === undefined) this.ephemerals.set(owner, new Set([path]))
      else owned.add(path)
    }
    const parentPath = parentOf(path)
    const parent = this.now(parentPath)
    if (parent !== null) {
      const children = [...parent.children, path.slice(path.lastIndexOf('/') + 1)].sort()
      this.put(parentPath, zxid, { ...parent, children, pzxid: zxid, created: parent.created + 1 })
    }
    this.changes.push({ zxid, type: EventType.NodeCreated, path })
    this.changes.push({ zxid, type: EventType.NodeChildrenChanged, path: parentPath })
  }

  private delete(path: string, zxid: Zxid): void {
    const znode = this.now(path)
    if (znode === null) return
    this.put(path, zxid, null)
    this.ephemerals.get(znode.owner)?.delete(path)
    const parentPath = parentOf(path)
    const parent = this.now(parentPath)
    if (parent !== null) {
      const name = path.slice(path.lastIndexOf('/') + 1)
      this.put(parentPath, zxid, {
        ...parent,
        children: parent.children.filter(child => child !== name),
        pzxid: zxid,
      })
    }
    this.changes.push({ zxid, type: EventType.NodeDeleted, path })
    this.changes.push({ zxid, type: EventType.NodeChildrenChanged, path: parentPath })
  }

  private now(path: string): ModelZnode | null {
    return this.versions.get(path)?.at(-1)?.znode ?? null
  }

  private put(path: string, zxid: Zxid, znode: ModelZnode | null): void {
    const versions = this.versions.get(path)
    if (versions === undefined) this.versions.set(path, [{ zxid, znode }])
    else if (versions[versions.length - 1].zxid === zxid) versions[versions.length - 1] = { zxid, znode }
    else versions.push({ zxid, znode })
  }
}

/** What a Stat shows as cversion: creates and deletes of children, where the stored counter has creates only. */
export function shownCversion(znode: ModelZnode): number {
  return znode.created * 2 - znode.children.length
}

/** The path above a path; of `/` it is `/`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

function text(data: Uint8Array | null): string {
  return data === null ? '' : decodeUtf8(data, 0, data.length)
}
