import { MemoryLog, MemorySnapshotter, readStoredState, type SnapshotSource, splitSnapshot } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import t from 'tap'
import { CompactStore } from '../../dist/tree/compact-store.js'
import { DataTree } from '../../dist/tree/data-tree.js'
import { snapshotOf } from '../../dist/tree/snapshot-writer.js'

const clock = { wallTime: () => 0, monotonic: () => 0, schedule: () => () => {}, defer: (go: () => void) => go() }

/** A snapshot of a tree with one session; `zxid` is chosen to look like the end of a tree. */
function snapshot(
  zxid: number,
  withDigest: boolean,
  withLastProcessedZxid: boolean,
  fill: (tree: DataTree) => void = () => {},
): SnapshotSource {
  const store = new CompactStore(1)
  const tree = new DataTree(store, { digestEnabled: true, extendedTypesEnabled: true } as never)
  tree.initialise()
  fill(tree)
  tree.lastProcessedZxid = zxid
  return snapshotOf(tree, store, { sessions: [[7n, 4000]], zxid, withDigest, withLastProcessedZxid }, clock)
}

async function* cut(source: SnapshotSource, bytes: number): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of source.body) parts.push(chunk.slice())
  const whole = Buffer.concat([...parts, ...source.trailers()])
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
}

t.test('a snapshot is split into tree and trailing sections, wherever its chunks end', async t => {
  // 0x12f: the last zxid ends with the bytes that a tree ends with.
  for (const zxid of [0, 0x12f, 0x1_0000_012f]) {
    for (const [digest, last, lengths] of [
      [false, false, []],
      [false, true, [8]],
      [true, false, [20]],
      [true, true, [20, 8]],
    ] as const) {
      for (const bytes of [1, 7, 100_000]) {
        const split = splitSnapshot(cut(snapshot(zxid, digest, last), bytes))
        let body = Buffer.alloc(0)
        for await (const chunk of split.body) body = Buffer.concat([body, chunk])
        t.strictSame(body.subarray(-5), Buffer.of(0, 0, 0, 1, 0x2f))
        t.strictSame(
          split.trailers().map(section => section.length),
          lengths,
        )
      }
    }
  }
})

t.test('a snapshot that ends within its tree, or goes on after it, is damaged', async t => {
  const read = async (source: SnapshotSource) => {
    for await (const _ of source.body);
    return source.trailers()
  }
  async function* shortened(): AsyncGenerator<Uint8Array> {
    for await (const chunk of cut(snapshot(1, false, false), 100_000)) yield chunk.subarray(0, chunk.length - 1)
  }
  await t.rejects(read(splitSnapshot(shortened())), { code: 'SNAPSHOT_CORRUPT', message: /ends within its tree/ })
  async function* longer(): AsyncGenerator<Uint8Array> {
    yield* cut(snapshot(1, true, true), 100_000)
    yield Uint8Array.of(1)
  }
  await t.rejects(read(splitSnapshot(longer())), { code: 'SNAPSHOT_CORRUPT', message: /has 29 bytes after its tree/ })
})

t.test('stored state is what a server would load', async t => {
  const log = new MemoryLog()
  await log.open()
  const snapshotter = new MemorySnapshotter()
  const empty = await readStoredState(log, snapshotter)
  t.match(empty, { lastZxid: 0, snapshotZxid: null, replayed: 0, znodes: 4 })
  t.match(empty.digest, /^[0-9a-f]{16}$/)
  await snapshotter.write(9, snapshot(9, true, true))
  const state = await readStoredState(log, snapshotter)
  t.match(state, { lastZxid: 9, snapshotZxid: 9, replayed: 0, digest: empty.digest })
  t.strictSame([...state.sessions], [[7n, 4000]])
  const paths: string[] = []
  state.forEachZnode(path => paths.push(path))
  t.strictSame(paths.sort(), ['/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota'])
})

t.test('znodes with a ttl belong to no session, and stay', async t => {
  const log = new MemoryLog()
  await log.open()
  const snapshotter = new MemorySnapshotter()
  const filled = snapshot(1, true, true, tree =>
    tree.apply(
      { clientHigh: 0, clientLow: 7, cxid: 0, zxid: 1, timeMs: 0 },
      { type: OpCode.createTTL, path: '/a', data: null, acl: null, ephemeral: false, parentCVersion: 1, ttlMs: 5000 },
    ),
  )
  await snapshotter.write(1, filled)
  const warnings: string[] = []
  const warn = (_: unknown, message: string) => void warnings.push(message)
  const state = await readStoredState(log, snapshotter, { debug() {}, info() {}, warn, error() {} })
  t.equal(state.znodes, 5)
  t.strictSame([...state.ephemerals], [])
  t.strictSame(warnings, [])
})
