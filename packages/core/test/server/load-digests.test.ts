/** What a start makes of the digests that a storage keeps beside a snapshot. */
import {
  type LogFields,
  type Logger,
  MemoryLog,
  type MemorySnapshot,
  MemorySnapshotter,
  readStoredState,
  type SnapshotInfo,
  silentLogger,
} from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { crc32 } from '../../dist/checksums/index.js'
import { OpCode } from '../../dist/jute/index.js'
import { loadState } from '../../dist/server/load.js'
import { CompactStore } from '../../dist/tree/compact-store.js'
import { DataTree } from '../../dist/tree/data-tree.js'
import { snapshotOf } from '../../dist/tree/snapshot-writer.js'
import { header } from '../tree/support.js'

const OPTIONS = { digestEnabled: true, extendedTypesEnabled: true, emulate353TTLNodes: false }

/** A storage with one snapshot of a new tree. */
async function storage(
  change: (stored: MemorySnapshot) => MemorySnapshot = stored => stored,
  Kind = MemorySnapshotter,
) {
  const log = new MemoryLog()
  await log.open()
  const snapshotter = new Kind()
  const store = new CompactStore(1)
  const tree = new DataTree(store, OPTIONS)
  tree.initialise()
  // Long enough for its digest to need the platform's CRC-32, whose calls are counted.
  const long = { type: OpCode.create, path: '/long', data: new Uint8Array(5000), acl: null, ephemeral: false } as const
  tree.apply(header(9), { ...long, parentCVersion: 1, ttlMs: 0 })
  const content = { sessions: [], zxid: 9, withDigest: true, withLastProcessedZxid: true, withCompanion: true }
  const { name } = await snapshotter.write(9, snapshotOf(tree, store, content, new ManualClock()))
  snapshotter.medium.set(name, change(snapshotter.medium.get(name)!))
  return { log, snapshotter, digest: tree.digest }
}

/** Loads it as a server does. */
async function load({ log, snapshotter }: Awaited<ReturnType<typeof storage>>, changes: Partial<typeof OPTIONS> = {}) {
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (_: LogFields, message: string) => void warnings.push(message) }
  let computed = 0
  const options = {
    ...OPTIONS,
    ...changes,
    snapshotTrustEmpty: false,
    crc32: (...args: Parameters<typeof crc32>) => {
      computed++
      return crc32(...args)
    },
  }
  const state = await loadState({ log, snapshotter, options, newStore: () => new CompactStore(0), logger })
  return { ...state, warnings, computed }
}

const first = (stored: MemorySnapshot, change: (companion: Uint8Array) => Uint8Array): MemorySnapshot => ({
  ...stored,
  companion: change(stored.companion!),
})

const flipped = (companion: Uint8Array) => companion.map((byte, at) => (at === 1 ? byte ^ 4 : byte))

t.test('a start takes the digests that are there', async t => {
  const stored = await storage()
  const { tree, computed, warnings } = await load(stored)
  t.equal(computed, 0)
  t.ok(tree.digest.equals(stored.digest))
  t.strictSame(warnings, [])
})

t.test('a start computes them where the storage keeps none', async t => {
  class Without extends MemorySnapshotter {
    override companion = undefined as never
  }
  for (const stored of [
    await storage(({ zxid, chunks }) => ({ zxid, chunks })),
    await storage(stored => stored, Without),
  ]) {
    const { tree, computed, warnings } = await load(stored)
    t.equal(computed, 1)
    t.ok(tree.digest.equals(stored.digest))
    t.strictSame(warnings, [])
  }
})

t.test('a start computes them where those that are kept are damaged, and says so', async t => {
  class Damaged extends MemorySnapshotter {
    override async companion(): Promise<Uint8Array> {
      // Not the class of this copy of the kernel: a storage may bring its own.
      throw Object.assign(new Error('byte 4 of the companion'), { code: 'SNAPSHOT_CORRUPT' })
    }
  }
  const stored = await storage(stored => stored, Damaged)
  const { tree, info, warnings } = await load(stored).then(state => ({ ...state, info: state.snapshot }))
  t.equal(info?.zxid, 9)
  t.ok(tree.digest.equals(stored.digest))
  t.strictSame(warnings, ['the digests beside the snapshot are damaged; computing'])
})

t.test('a start computes them where those that are kept are of another snapshot', async t => {
  for (const change of [(all: Uint8Array) => all.subarray(4), (all: Uint8Array) => Buffer.concat([all, all])]) {
    const stored = await storage(stored => first(stored, change))
    const { tree, snapshot, store } = await load(stored)
    t.equal(snapshot?.zxid, 9, 'and not an earlier snapshot')
    t.equal(store.count, 5, 'in a store without what was loaded before')
    t.ok(tree.digest.equals(stored.digest))
  }
})

t.test('a storage that cannot be read for another reason keeps a start from going on', async t => {
  class Failing extends MemorySnapshotter {
    override async companion(_: SnapshotInfo): Promise<Uint8Array> {
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
  }
  await t.rejects(load(await storage(stored => stored, Failing)), { code: 'SNAPSHOT_CORRUPT', cause: { code: 'EIO' } })
})

t.test('a server without digests neither takes nor computes any', async t => {
  const { tree, computed } = await load(await storage(), { digestEnabled: false })
  t.equal(computed, 0)
  t.ok(tree.digest.equals({ high: 0, low: 0 }))
})

t.test('who looks at a storage computes all of them, and is told which are not right', async t => {
  const good = await storage()
  const right = await readStoredState(good.log, good.snapshotter)
  t.equal(right.wrongDigests, 0)
  const bad = await storage(stored => first(stored, flipped))
  const found = await readStoredState(bad.log, bad.snapshotter)
  t.equal(found.wrongDigests, 1)
  t.equal(found.digest, right.digest, 'the digest of the tree is the one of what is there')
  t.notOk((await load(bad)).tree.digest.equals(good.digest), 'which a start does not see')
})
