import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { crc32 } from '../../dist/checksums/index.js'
import { DataTree } from '../../dist/tree/data-tree.js'
import { SnapshotLoader } from '../../dist/tree/snapshot-loader.js'
import { snapshotOf } from '../../dist/tree/snapshot-writer.js'
import { StoredDigests } from '../../dist/tree/stored-digests.js'
import { Seeded } from '../seeded.js'
import { contentAt } from './snapshot-support.js'
import { contentsOf, emptyTree, freshTree, inconsistencies, OPTIONS, RandomTransactions } from './support.js'

interface Written {
  readonly bytes: Uint8Array
  readonly digests: Buffer
  readonly znodes: number
}

/** A snapshot of a tree that is changed while it is written, with its digests. */
async function written(seed: number, changes = 0) {
  const stored = freshTree()
  const { tree, store } = stored
  const source = new RandomTransactions(new Seeded(seed), tree, 0, 8)
  const mutate = (count: number) => {
    const log = Array.from({ length: count }, () => {
      const entry = source.next()
      tree.apply(entry.header, entry.txn)
      return entry
    })
    return log
  }
  mutate(900)
  const zxid = tree.lastProcessedZxid
  const taken = snapshotOf(tree, store, { ...contentAt(zxid), withCompanion: true }, new ManualClock())
  const chunks: Uint8Array[] = []
  const log: ReturnType<typeof mutate> = []
  for await (const chunk of taken.body) {
    chunks.push(chunk.slice())
    log.push(...mutate(changes))
  }
  const digests = Buffer.concat(taken.companion!())
  const snapshot: Written = {
    bytes: Buffer.concat([...chunks, ...taken.trailers()]),
    digests,
    znodes: digests.length / 4,
  }
  return { tree, zxid, snapshot, log }
}

function load({ bytes }: Written, digests: StoredDigests | null, options: object = {}): DataTree {
  const { store } = emptyTree(OPTIONS, 77)
  const tree = new DataTree(store, { ...OPTIONS, ...options })
  const loader = new SnapshotLoader(tree, true, digests)
  loader.push(bytes)
  loader.finish()
  return tree
}

t.test('a tree that takes the digests beside a snapshot is the one that computes them, and goes on as it', async t => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { tree, zxid, snapshot, log } = await written(seed, 10)
    let computed = 0
    const counting = (...args: Parameters<typeof crc32>) => {
      computed++
      return crc32(...args)
    }
    const loaded = load(snapshot, new StoredDigests(snapshot.digests, true), { crc32: counting })
    t.equal(computed, 0, 'none is computed')
    t.equal(loaded.store.count, snapshot.znodes, 'one for each znode')
    t.strictSame(contentsOf(loaded), contentsOf(load(snapshot, null)))
    t.strictSame(inconsistencies(loaded), [])
    loaded.lastProcessedZxid = zxid
    for (const { header, txn } of log) loaded.apply(header, txn)
    t.ok(loaded.digest.equals(tree.digest), `seed ${seed}: after what came while it was written`)
    t.strictSame(inconsistencies(loaded), [])
  }
})

t.test('a wrong digest is counted where digests are computed too, and the tree has the right one', async t => {
  const { tree, snapshot } = await written(7)
  const right = new StoredDigests(snapshot.digests, false)
  load(snapshot, right)
  t.equal(right.wrong, 0)
  const changed = Buffer.from(snapshot.digests)
  changed[4] ^= 1
  changed[changed.length - 1] ^= 0x80
  const digests = new StoredDigests(changed, false)
  t.ok(load(snapshot, digests).digest.equals(tree.digest))
  t.equal(digests.wrong, 2)
  t.notOk(
    load(snapshot, new StoredDigests(changed, true)).digest.equals(tree.digest),
    'trusted, it is not noticed here',
  )
})

t.test('digests that are fewer or more than the znodes are refused, or counted', async t => {
  const { snapshot } = await written(8)
  const { digests, znodes } = snapshot
  const fewer = digests.subarray(0, digests.length - 12)
  t.throws(() => load(snapshot, new StoredDigests(fewer, true)), /fewer than its znodes/)
  t.throws(() => load(snapshot, new StoredDigests(digests.subarray(0, digests.length - 1), true)), /fewer than/)
  t.throws(() => load(snapshot, new StoredDigests(new Uint8Array(0), true)), /fewer than its znodes/)
  const more = Buffer.concat([digests, Buffer.alloc(5)])
  t.throws(() => load(snapshot, new StoredDigests(more, true)), /more than its znodes/)
  for (const [bytes, wrong] of [
    [fewer, 3],
    [more, 2],
    [new Uint8Array(0), znodes],
  ] as const) {
    const compared = new StoredDigests(bytes, false)
    load(snapshot, compared)
    t.equal(compared.wrong, wrong)
  }
})

t.test('a snapshot has no digests beside it where there are none, or nobody keeps them', async t => {
  const { tree, store } = freshTree()
  for (const content of [{ ...contentAt(0), withDigest: false, withCompanion: true }, contentAt(0)]) {
    t.equal(snapshotOf(tree, store, content, new ManualClock()).companion, undefined)
  }
})
