import { MemoryLog, MemoryLogMedium, MemorySnapshotter, type SnapshotSource, serverSettings } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { silentLogger } from '../../dist/index.js'
import { MetricsRegistry } from '../../dist/monitor/metrics-registry.js'
import { ReceivedSnapshot } from '../../dist/server/received-snapshot.js'
import { SnapshotSchedule } from '../../dist/server/snapshots.js'
import { SessionTracker } from '../../dist/sessions/session-tracker.js'
import { CompactStore } from '../../dist/tree/compact-store.js'
import { snapshotOf } from '../../dist/tree/snapshot-writer.js'
import { SNAPSHOT_SIGNATURE } from '../../dist/zab/packets/index.js'
import { Seeded } from '../seeded.js'
import { contentAt, load, pieces } from '../tree/snapshot-support.js'
import { emptyTree, OPTIONS } from '../tree/support.js'

const ZXID = 0x1_0000_0007
const ZNODES = 40_000

/** Takes no chunk before it may. */
class SlowSnapshotter extends MemorySnapshotter {
  private go: () => void = () => {}
  private readonly mayWrite = new Promise<void>(resolve => {
    this.go = resolve
  })

  release(): void {
    this.go()
  }

  override async write(zxid: number, source: SnapshotSource) {
    await this.mayWrite
    return super.write(zxid, source)
  }
}

async function bytesOfLeader(): Promise<Buffer> {
  const stored = emptyTree(OPTIONS, 1)
  const name = new TextEncoder()
  for (let n = 0; n < ZNODES; n++) {
    const bytes = name.encode(`znode-${n}`)
    stored.store.create(stored.store.root, bytes, 0, bytes.length, Uint8Array.of(n, n >>> 8))
  }
  const source = snapshotOf(stored.tree, stored.store, contentAt(ZXID, [[9n, 4000]]), new ManualClock())
  const chunks: Uint8Array[] = []
  for await (const chunk of source.body) chunks.push(chunk.slice())
  return Buffer.concat(chunks)
}

async function receiving(
  snapshotter = new MemorySnapshotter(),
  backlogBytesMax?: number,
  install: () => Promise<void> = async () => {},
) {
  const clock = new ManualClock()
  const log = new MemoryLog(new MemoryLogMedium())
  await log.open()
  const settings = serverSettings.parse({})
  const random = new Seeded(1)
  const snapshots = new SnapshotSchedule(
    {
      ...{ log, snapshotter, settings, clock, logger: silentLogger, tree: emptyTree(OPTIONS, 3).tree },
      sessions: new SessionTracker(clock, 2000, 1),
      random: { below: bound => random.below(bound), bytes: n => random.bytes(n) },
      metrics: new MetricsRegistry(),
    },
    0,
  )
  let installed = 0
  const received = new ReceivedSnapshot(
    ZXID,
    {
      load: { log, snapshotter, options: { ...OPTIONS, snapshotTrustEmpty: false }, newStore, logger: silentLogger },
      ...{ snapshotter, snapshots },
    },
    async () => {
      installed++
      await install()
    },
    backlogBytesMax,
  )
  return { received, snapshotter, snapshots, installed: () => installed }
}

const newStore = () => new CompactStore(5)

async function stored(snapshotter: MemorySnapshotter): Promise<Uint8Array> {
  const [info] = await snapshotter.list()
  const chunks: Uint8Array[] = []
  for await (const chunk of snapshotter.read(info)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const leaders = await bytesOfLeader()
const signed = Buffer.concat([leaders, SNAPSHOT_SIGNATURE])

t.test('the bytes of the leader are stored as they came, with the digest of what was made of them', async t => {
  for (const size of [977, 65_536, signed.length]) {
    const { received, snapshotter, installed } = await receiving()
    const done = pieces(signed, size).map(chunk => received.push(chunk))
    t.equal(done.indexOf(true), done.length - 1, 'it is complete with the last chunk')
    await received.install()
    t.equal(installed(), 1)
    t.ok(await received.storesMeanwhile())
    t.strictSame(await snapshotter.list(), [], 'it is none before it is said to be')
    t.ok(await received.store())
    const [info] = await snapshotter.list()
    t.equal(info.zxid, ZXID)
    const bytes = await stored(snapshotter)
    t.ok(leaders.equals(bytes.subarray(0, leaders.length)), `in chunks of ${size}`)
    const { loader, store, tree } = load(pieces(bytes, 50_000))
    t.strictSame(loader.digest, { zxid: ZXID, version: 2, high: tree.digest.high, low: tree.digest.low })
    t.equal(loader.lastProcessedZxid, ZXID)
    t.strictSame(loader.sessions, [[9n, 4000]])
    t.equal(store.count, received.tree.store.count)
    t.ok(store.count > ZNODES)
  }
})

t.test('a snapshot that does not come to its end leaves nothing, and lets others be taken', async t => {
  const { received, snapshotter, snapshots } = await receiving()
  received.push(signed.subarray(0, 300_000))
  const next = snapshots.idle()
  await received.abandon()
  await received.abandon()
  await next
  t.strictSame(await snapshotter.list(), [])
  await snapshots.take()
  t.equal((await snapshotter.list()).length, 1)
})

t.test('one that cannot be installed keeps nothing from going on', async t => {
  const failing = async () => {
    throw new Error('the log cannot be cut off')
  }
  const { received, snapshotter, snapshots } = await receiving(undefined, undefined, failing)
  received.push(signed)
  await t.rejects(received.install(), { message: 'the log cannot be cut off' })
  await snapshots.idle()
  t.strictSame(await snapshotter.list(), [])
  await snapshots.take()
  t.equal((await snapshotter.list()).length, 1)
})

t.test('one that ends without the signature is not installed', async t => {
  const { received, snapshotter, snapshots, installed } = await receiving()
  const wrong = Buffer.from(signed)
  wrong[wrong.length - 1] ^= 1
  t.ok(received.push(wrong))
  await t.rejects(received.install(), { code: 'ZAB_PROTOCOL' })
  t.equal(installed(), 0)
  await snapshots.idle()
  t.strictSame(await snapshotter.list(), [])
})

t.test('a medium that falls behind is not waited for: the tree is to be written when it is complete', async t => {
  const snapshotter = new SlowSnapshotter()
  const { received, snapshots } = await receiving(snapshotter, 200_000)
  for (const chunk of pieces(signed, 65_536)) received.push(chunk)
  await received.install()
  t.notOk(await received.storesMeanwhile())
  snapshotter.release()
  t.notOk(await received.store())
  await snapshots.idle()
  t.strictSame(await snapshotter.list(), [])
  t.ok(received.tree.store.count > ZNODES, 'the tree is whole')
})

t.test('beside a later snapshot nothing is written: that one has to go first', async t => {
  const snapshotter = new MemorySnapshotter()
  await snapshotter.write(ZXID + 1, { body: (async function* () {})(), trailers: () => [] })
  const { received } = await receiving(snapshotter)
  for (const chunk of pieces(signed, 65_536)) received.push(chunk)
  await received.install()
  t.notOk(await received.storesMeanwhile())
  t.notOk(await received.store())
  t.strictSame(
    (await snapshotter.list()).map(({ zxid }) => zxid),
    [ZXID + 1],
  )
})

t.test('what goes wrong with the medium meanwhile is told when it is to be stored', async t => {
  class FullSnapshotter extends MemorySnapshotter {
    override async write(_zxid: number, source: SnapshotSource): Promise<never> {
      for await (const _chunk of source.body) throw new Error('no space is left')
      throw new Error('nothing came')
    }
  }
  const { received } = await receiving(new FullSnapshotter())
  for (const chunk of pieces(signed, 65_536)) {
    received.push(chunk)
    await Promise.resolve()
  }
  await received.install()
  t.ok(await received.storesMeanwhile())
  await t.rejects(received.store(), { message: 'no space is left' })
})

t.test('no other snapshot is taken while one is being received', async t => {
  const snapshotter = new SlowSnapshotter()
  const { received, snapshots } = await receiving(snapshotter)
  let taken = false
  const taking = snapshots.take().then(() => {
    taken = true
  })
  for (const chunk of pieces(signed, 65_536)) received.push(chunk)
  snapshotter.release()
  await received.install()
  t.notOk(taken)
  t.ok(await received.store())
  await taking
  t.equal((await snapshotter.list()).length, 1, 'no second one beside it')
})
