import { type ACL, JuteReader, OpCode, Stat } from '../../dist/jute/index.js'
import { CompactStore } from '../../dist/tree/compact-store.js'
import { DataTree } from '../../dist/tree/data-tree.js'
import { emptyFields, readFields } from '../../dist/tree/digest-fields.js'
import { DigestSum } from '../../dist/tree/tree-digest.js'
import { type SubTxn, type Txn, type TxnEntry, type TxnHeader, TxnReader } from '../../dist/tree/txn.js'
import { STAT_BYTES } from '../../dist/tree/znode-stat.js'
import type { Seeded } from '../seeded.js'

export const OPTIONS = { digestEnabled: true, extendedTypesEnabled: true, emulate353TTLNodes: false }

export interface StoredTree {
  readonly tree: DataTree
  readonly store: CompactStore
}

/** One transaction, by a reader that has read no other. */
export function readTxn(bytes: Uint8Array): TxnEntry {
  return new TxnReader().read(bytes)
}

/** A tree as a server without data begins with it. */
export function freshTree(options = OPTIONS, seed?: number): StoredTree {
  const stored = emptyTree(options, seed)
  stored.tree.initialise()
  return stored
}

/** A tree as a snapshot is loaded into it. */
export function emptyTree(options = OPTIONS, seed?: number): StoredTree {
  const store = new CompactStore(seed)
  return { tree: new DataTree(store, options), store }
}

export function header(zxid: number, session = 0n, timeMs = 1_000_000 + zxid): TxnHeader {
  const clientHigh = Number(BigInt.asIntN(32, session >> 32n))
  return { clientHigh, clientLow: Number(BigInt.asIntN(32, session)), cxid: 1, zxid, timeMs }
}

/** The Stat that clients are sent. */
export function statOf(tree: DataTree, path: string): Stat {
  const bytes = new Uint8Array(STAT_BYTES)
  tree.writeStat(tree.find(path), bytes, 0)
  return Stat.read(new JuteReader(bytes))
}

export function nodesOf(tree: DataTree): number[] {
  const { store } = tree
  const nodes = [store.root]
  for (let i = 0; i < nodes.length; i++) {
    for (let child = store.firstChild(nodes[i]); child !== 0; child = store.nextSibling(child)) nodes.push(child)
  }
  return nodes
}

export function pathsOf(tree: DataTree): string[] {
  return nodesOf(tree).map(node => tree.store.pathOf(node))
}

/** Everything that replicas must agree about, by path, in a form to compare. */
export function contentsOf(tree: DataTree): Record<string, unknown> {
  const { store } = tree
  const contents: Record<string, unknown> = {}
  const sorted = nodesOf(tree)
    .map(node => [store.pathOf(node), node] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [path, node] of sorted) {
    const fields = emptyFields()
    readFields(store, node, fields)
    const data = tree.dataOf(node)
    contents[path] = {
      ...fields,
      data: data === null ? null : Buffer.from(data).toString('hex'),
      acl: tree.aclOf(node).map(({ perms, id }) => `${perms} ${id.scheme} ${id.id}`),
      children: store.childCount(node),
    }
  }
  return contents
}

/** The paths at which two replicas do not agree. */
export function differences(one: DataTree, other: DataTree): string[] {
  const [a, b] = [contentsOf(one), contentsOf(other)]
  return Object.keys({ ...a, ...b }).filter(path => JSON.stringify(a[path]) !== JSON.stringify(b[path]))
}

/** The digest, computed afresh from what the tree holds. */
export function recomputedDigest(tree: DataTree): { high: number; low: number } {
  const sum = new DigestSum()
  const fields = emptyFields()
  for (const node of nodesOf(tree)) {
    readFields(tree.store, node, fields)
    const data = tree.dataOf(node)
    sum.add(tree.digests.nodeDigest(tree.store.pathOf(node), data, 0, data?.length ?? 0, fields))
  }
  return { high: sum.high, low: sum.low }
}

/** What has to hold between a tree's parts; gives a sentence for each thing that does not. */
export function inconsistencies(tree: DataTree): string[] {
  const { store } = tree
  const found: string[] = []
  const nodes = nodesOf(tree)
  if (nodes.length !== store.count) found.push(`the store counts ${store.count} znodes, ${nodes.length} are linked`)
  const children = new Map<number, number>()
  for (const node of nodes) {
    const parent = store.parentOf(node)
    if (node !== store.root) children.set(parent, (children.get(parent) ?? 0) + 1)
  }
  const uses = new Map<number, number>()
  const ephemerals = new Map<bigint, string[]>()
  const containers: string[] = []
  const ttls: string[] = []
  for (const node of nodes) {
    const path = store.pathOf(node)
    if (tree.find(path) !== node) found.push(`${path} is not found by its path`)
    const has = children.get(node) ?? 0
    if (has !== store.childCount(node)) found.push(`${path} counts ${store.childCount(node)} children and has ${has}`)
    const acl = store.aclId(node)
    if (acl !== -1) uses.set(acl, (uses.get(acl) ?? 0) + 1)
    const owner = (BigInt(store.ownerHigh(node)) << 32n) | BigInt(store.ownerLow(node) >>> 0)
    if (owner === 0n) continue
    if (owner === -(2n ** 63n)) containers.push(path)
    else if (BigInt.asUintN(64, owner) >> 56n === 0xffn) ttls.push(path)
    else ephemerals.set(owner, [...(ephemerals.get(owner) ?? []), path])
  }
  for (const [id] of tree.acls.entries()) {
    if (!uses.has(id)) found.push(`ACL ${id} is kept and not used`)
  }
  for (const id of uses.keys()) {
    if (!tree.acls.entries().some(([known]) => known === id)) found.push(`ACL ${id} is used and not kept`)
  }
  const same = (what: string, kept: Iterable<number> | undefined, paths: string[]) => {
    const a = [...(kept ?? [])].map(node => store.pathOf(node)).sort()
    if (a.join() !== [...paths].sort().join()) found.push(`${what}: kept ${a}, in the tree ${paths}`)
  }
  same('containers', tree.owned.containers, containers)
  same('TTL znodes', tree.owned.ttls, ttls)
  for (const session of new Set([...tree.owned.ephemerals.keys(), ...ephemerals.keys()])) {
    same(`ephemerals of ${session}`, tree.owned.ephemerals.get(session), ephemerals.get(session) ?? [])
  }
  if (tree.options.digestEnabled) {
    const fresh = recomputedDigest(tree)
    if (!tree.digest.equals(fresh)) {
      found.push(`digest ${tree.digest.high},${tree.digest.low}, afresh ${fresh.high},${fresh.low}`)
    }
  }
  return found
}

export const ACLS: readonly (readonly ACL[])[] = [
  [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }],
  [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }],
  [{ perms: 31, id: { scheme: 'ip', id: '127.0.0.1' } }],
  [
    { perms: 31, id: { scheme: 'digest', id: 'user:hash' } },
    { perms: 1, id: { scheme: 'world', id: 'anyone' } },
  ],
]
const SESSIONS = [0x100000000000001n, 0x100000000000002n, -0x0f00000000000003n]

/**
 * Transactions as a server would have prepared them against the tree as it is: they carry results. Kinds,
 * paths and data come from the seed.
 */
export class RandomTransactions {
  /** Every path that ever was, so that creations repeat deleted ones. */
  private readonly names = ['a', 'b', 'c', 'dd', 'ü', 'a-name-that-is-rather-longer-than-the-others']
  private acl = 0

  constructor(
    private readonly random: Seeded,
    private readonly tree: DataTree,
    public zxid = 0,
    /** One in so many values is large, so that few znodes fill many chunks; 0: none. */
    private readonly largeOneIn = 0,
  ) {}

  next(): TxnEntry {
    const zxid = ++this.zxid
    const session = this.random.pick(SESSIONS)
    return { header: header(zxid, session), txn: this.txn(session), digest: null }
  }

  private txn(session: bigint): Txn {
    if (this.random.chance(60)) {
      const paths = this.random.chance(2) ? this.tree.ephemeralsOf(session) : null
      return { type: OpCode.closeSession, paths }
    }
    if (this.random.chance(40)) return { type: OpCode.createSession, timeoutMs: 4000 }
    if (this.random.chance(12)) return { type: OpCode.multi, txns: [this.sub(), this.check()] }
    return this.sub()
  }

  private check(): SubTxn {
    return { type: OpCode.check, path: this.existing(), version: 1 }
  }

  private sub(): SubTxn {
    const { random, tree } = this
    const kind = random.below(20)
    if (kind < 9) return this.create()
    const path = this.existing()
    const node = tree.find(path)
    if (kind < 12 && !path.startsWith('/zookeeper') && path !== '/' && tree.store.childCount(node) === 0) {
      return { type: random.chance(8) ? OpCode.deleteContainer : OpCode.delete, path }
    }
    if (kind < 17) {
      return { type: OpCode.setData, path, data: this.data(), version: tree.store.version(node) + 1 }
    }
    if (kind < 19) {
      return { type: OpCode.setACL, path, acl: this.nextAcl(), version: tree.store.aversion(node) + 1 }
    }
    return { type: OpCode.error, code: -101 }
  }

  private create(): SubTxn {
    const { random, tree } = this
    for (;;) {
      const parent = this.existing()
      const node = tree.find(parent)
      const high = tree.store.ownerHigh(node)
      const isEphemeral = high !== 0 && high >>> 24 !== 0xff && high !== -0x80000000
      if (parent.startsWith('/zookeeper') || isEphemeral || parent.split('/').length > 12) continue
      const path = `${parent === '/' ? '' : parent}/${random.pick(this.names)}${random.below(30)}`
      if (tree.find(path) !== 0) continue
      const type = random.pick([
        OpCode.create,
        OpCode.create,
        OpCode.create2,
        OpCode.createContainer,
        OpCode.createTTL,
      ] as const)
      return {
        type,
        path,
        data: this.data(),
        acl: random.chance(3) ? this.nextAcl() : ACLS[0],
        ephemeral: (type === OpCode.create || type === OpCode.create2) && random.chance(3),
        parentCVersion: tree.store.cversion(node) + 1,
        ttlMs: type === OpCode.createTTL ? 1 + random.below(1_000_000) * 70_000 : 0,
      }
    }
  }

  private existing(): string {
    // A random walk: cheap, and deep znodes have their turn.
    const { store } = this.tree
    let node = store.root
    for (;;) {
      const count = store.childCount(node)
      if (count === 0 || this.random.chance(4)) return store.pathOf(node)
      let child = store.firstChild(node)
      for (let skip = this.random.below(count); skip > 0; skip--) child = store.nextSibling(child)
      node = child
    }
  }

  private data(): Uint8Array | null {
    const { random } = this
    if (this.largeOneIn > 0 && random.chance(this.largeOneIn)) {
      return new Uint8Array(random.pick([30_000, 70_000])).fill(random.below(256))
    }
    const kind = random.below(12)
    if (kind === 0) return null
    if (kind === 1) return new Uint8Array(0)
    if (kind === 2) return random.bytes(900 + random.below(400))
    return random.bytes(random.below(80))
  }

  /** Now and then a list that was not there before. */
  private nextAcl(): readonly ACL[] {
    if (this.random.chance(2)) return this.random.pick(ACLS)
    return [{ perms: 31, id: { scheme: 'ip', id: `10.0.0.${this.acl++ % 200}` } }]
  }
}
