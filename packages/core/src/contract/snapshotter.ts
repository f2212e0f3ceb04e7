import { concat } from '../jute/concat.js'
import type { SnapshotInfo, SnapshotSource, Snapshotter } from '../seams/snapshotter.js'
import { makeZxid, type Zxid } from '../zxid.js'
import { expect, expectCode, expectEqual, type TestFunction } from './harness.js'

/** What a backend hands the kit: one empty medium for each test. */
export interface SnapshotMedium {
  /** A snapshotter, not opened yet, on this medium. Called again after close or power cut. */
  create(): Snapshotter
  /** Keeps only what was promised durable. Only called if {@link SnapshotAbilities.powerCut}. */
  powerCut(): Promise<void>
  /** Changes one byte of a stored snapshot. Only called if {@link SnapshotAbilities.damage}. */
  damage(info: SnapshotInfo): Promise<void>
  dispose(): Promise<void>
}

/** What the medium of snapshots can do; more is tested of one that can more. */
export interface SnapshotAbilities {
  /** The medium can forget what was not durable. */
  readonly powerCut: boolean
  /** The medium can change a stored byte behind the snapshotter's back, and checksums tell. */
  readonly damage: boolean
}

/** The lengths of the sections that may follow a body: none, digest, last zxid, both. */
const TRAILERS: readonly (readonly number[])[] = [[], [20], [8], [20, 8]]

/** Holds an implementation of {@link Snapshotter} to its promises; used as `logStorageContract`. */
export function snapshotterContract(
  test: TestFunction,
  can: SnapshotAbilities,
  newMedium: () => Promise<SnapshotMedium>,
): void {
  const restartWord = can.powerCut ? 'a power cut' : 'a restart'
  const on = (name: string, body: (kit: SnapshotKit) => Promise<void>): void =>
    test(name, async () => {
      const kit = new SnapshotKit(await newMedium(), can)
      try {
        await kit.snapshotter.open()
        await body(kit)
      } finally {
        await kit.dispose()
      }
    })

  on('list: an empty medium has no snapshots', async kit => {
    expectEqual(await kit.snapshotter.list(), [], 'snapshots')
    expectEqual(await kit.snapshotter.purge(3), 0, 'oldest zxid')
  })

  for (const lengths of TRAILERS) {
    on(
      `write: body and ${lengths.length} trailing sections (${lengths}) come back, after ${restartWord}`,
      async kit => {
        const content = snapshot(77, [100, 20_000, 0, 1], lengths)
        const info = await kit.write(77, content)
        expectEqual(info.zxid, 77, 'zxid')
        expect(info.bytes > 0, 'a size')
        expectEqual(await kit.content(info), joined(content), 'bytes')
        await kit.restart()
        const [found] = await kit.snapshotter.list()
        // When it was written not every storage knows later.
        expectEqual({ ...found, writtenAtMs: info.writtenAtMs }, info, 'entry after a restart')
        expectEqual(await kit.content(found), joined(content), 'bytes after a restart')
      },
    )
  }

  on('write: takes bodies of any size, in chunks of any size', async kit => {
    const bodies = [[], [1], [66], [67], [68], [80], [200], Array(300).fill(11), [1_048_576], [3_000_000, 5, 2_000_001]]
    for (const [i, body] of bodies.entries()) {
      const content = snapshot(i, body, TRAILERS[i % 4])
      const info = await kit.write(i, content)
      expect(same(await kit.content(info), joined(content)), `the body of ${body} bytes came back changed`)
    }
  })

  on('write: asks for the trailing sections once, after the last chunk of the body', async kit => {
    let chunks = 0
    let asked = 0
    async function* body(): AsyncGenerator<Uint8Array> {
      for (; chunks < 5; chunks++) yield bytes(1000, chunks)
    }
    await kit.snapshotter.write(1, {
      body: body(),
      trailers() {
        asked++
        expectEqual(chunks, 5, 'chunks consumed before the trailing sections')
        return [bytes(20, 1)]
      },
    })
    expectEqual(asked, 1, 'how often the trailing sections were asked for')
  })

  on('write: a chunk may be reused once the next one has been asked for', async kit => {
    const buffer = new Uint8Array(50_000)
    const expected: Uint8Array[] = []
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 60; i++) {
        buffer.set(bytes(buffer.length, i))
        expected.push(buffer.slice())
        yield buffer
        buffer.fill(0xee)
      }
    }
    const info = await kit.snapshotter.write(5, { body: body(), trailers: () => [] })
    expect(same(await kit.content(info), concat(expected)), 'the body came back changed')
  })

  on('write: a source that fails leaves nothing behind, and earlier snapshots stay', async kit => {
    const earlier = snapshot(3, [500], [20])
    await kit.write(3, earlier)
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytes(2_000_000, 1)
      throw new Error('the tree is gone')
    }
    const failing = kit.snapshotter.write(9, { body: body(), trailers: () => [] })
    await expectCode(failing, 'SNAPSHOT_IO', 'write from a failing source')
    for (const when of ['', ' after a restart']) {
      const list = await kit.snapshotter.list()
      expectEqual(zxids(list), [3], `snapshots${when}`)
      expectEqual(await kit.content(list[0]), joined(earlier), `bytes${when}`)
      await kit.restart()
    }
  })

  on('write: one for the same zxid takes the place of the earlier', async kit => {
    await kit.write(4, snapshot(1, [300], [20]))
    const second = snapshot(2, [400], [])
    await kit.write(4, second)
    const list = await kit.snapshotter.list()
    expectEqual(zxids(list), [4], 'snapshots')
    expectEqual(await kit.content(list[0]), joined(second), 'bytes')
  })

  on(`list: newest first, by zxid and not by time or name (${restartWord})`, async kit => {
    const order = [makeZxid(1, 2), 9, makeZxid(0x1f_ffff, 1), 0, 255, makeZxid(1, 0)]
    for (const zxid of order) await kit.write(zxid, snapshot(zxid, [50], []))
    const expected = [makeZxid(0x1f_ffff, 1), makeZxid(1, 2), makeZxid(1, 0), 255, 9, 0]
    expectEqual(zxids(await kit.snapshotter.list()), expected, 'snapshots')
    await kit.restart()
    expectEqual(zxids(await kit.snapshotter.list()), expected, 'snapshots after a restart')
  })

  on('read: chunks are the reader’s to keep, and reading may be left early', async kit => {
    const content = snapshot(1, [1_500_000, 1_500_000], [20, 8])
    const info = await kit.write(1, content)
    for await (const chunk of kit.snapshotter.read(info)) {
      chunk.fill(0)
      break
    }
    const kept: Uint8Array[] = []
    for await (const chunk of kit.snapshotter.read(info)) kept.push(chunk)
    await kit.content(info)
    expect(same(concat(kept), joined(content)), 'kept chunks changed')
  })

  on('read: a snapshot that is gone gives SNAPSHOT_MISSING', async kit => {
    const info = await kit.write(1, snapshot(1, [10], []))
    await kit.write(2, snapshot(2, [10], []))
    await kit.snapshotter.purge(1)
    await expectCode(kit.content(info), 'SNAPSHOT_MISSING', 'read of a purged snapshot')
  })

  on('companion: is no part of the bytes, and is not asked for by a storage that keeps none', async kit => {
    const content = snapshot(1, [70_000], [20, 8])
    let asked = 0
    const companion = (): Uint8Array[] => {
      asked++
      return [bytes(100, 3)]
    }
    const info = await kit.snapshotter.write(1, { ...source(content.body, content.trailers), companion })
    expectEqual(await kit.content(info), joined(content), 'bytes')
    expectEqual(asked, kit.keepsCompanions ? 1 : 0, 'how often the companion was asked for')
  })

  on(`companion: comes back where companions are kept, and goes with its snapshot (${restartWord})`, async kit => {
    if (!kit.keepsCompanions) return
    const companions = [[], [0], [1], [40_000, 0, 7], [1_048_576], [3_000_000, 2_000_001]]
    for (const [i, lengths] of companions.entries()) {
      const content = snapshot(i, [90_000], TRAILERS[i % 4])
      await kit.write(i, content, pieces(lengths, i))
    }
    await kit.write(100, snapshot(1, [10], []))
    for (const when of ['', ' later']) {
      for (const info of await kit.snapshotter.list()) {
        const lengths = companions[info.zxid]
        const expected = lengths && concat(pieces(lengths, info.zxid))
        const found = await kit.snapshotter.companion?.(info)
        const unchanged = found && expected ? same(found, expected) : found === expected
        expect(unchanged, `the companion of ${info.zxid} came back changed${when}`)
      }
      await kit.restart()
    }
    const [info] = await kit.snapshotter.list()
    await kit.write(200, snapshot(1, [10], []))
    await kit.snapshotter.purge(1)
    await expectCode(kit.snapshotter.companion!(info), 'SNAPSHOT_MISSING', 'companion of a purged snapshot')
  })

  on('companion: a snapshot that takes the place of another does not take its companion', async kit => {
    await kit.write(4, snapshot(1, [300], []), [bytes(30, 1)])
    const info = await kit.write(4, snapshot(2, [300], []))
    expectEqual(await kit.snapshotter.companion?.(info), undefined, 'companion of one that was written without')
    await kit.write(4, snapshot(3, [300], []), [bytes(40, 2)])
    const expected = kit.keepsCompanions ? bytes(40, 2) : undefined
    expectEqual(await kit.snapshotter.companion?.(info), expected, 'companion of the third')
  })

  on('companion: a source that fails in it leaves nothing behind', async kit => {
    if (!kit.keepsCompanions) return
    const companion = (): Uint8Array[] => {
      throw new Error('the tree is gone')
    }
    const failing = kit.snapshotter.write(9, { ...source([bytes(100, 1)], []), companion })
    await expectCode(failing, 'SNAPSHOT_IO', 'write from a failing source')
    expectEqual((await kit.snapshotter.list()).length, 0, 'snapshots')
  })

  if (can.damage) {
    on('read: a damaged snapshot gives SNAPSHOT_CORRUPT by the end of the reading', async kit => {
      for (const size of [40, 5000, 2_500_000]) {
        const info = await kit.write(size, snapshot(size, [size], [20, 8]))
        await kit.medium.damage(info)
        await expectCode(kit.content(info), 'SNAPSHOT_CORRUPT', `read of a damaged body of ${size} bytes`)
      }
    })
  }

  on(`discardAfter: later snapshots are gone, earlier ones stay (${restartWord})`, async kit => {
    for (const zxid of [10, 20, 30]) await kit.write(zxid, snapshot(zxid, [90], [8]))
    await kit.snapshotter.discardAfter(20)
    await kit.restart()
    expectEqual(zxids(await kit.snapshotter.list()), [20, 10], 'snapshots that are left')
    await kit.snapshotter.discardAfter(5)
    expectEqual((await kit.snapshotter.list()).length, 0, 'snapshots after the second time')
  })

  on(`purge: keeps the newest, and tells the oldest of them (${restartWord})`, async kit => {
    for (const zxid of [10, 20, 30, 40, 50]) await kit.write(zxid, snapshot(zxid, [90], [8]))
    expectEqual(await kit.snapshotter.purge(9), 10, 'oldest of five, asked to keep nine')
    expectEqual(await kit.snapshotter.purge(3), 30, 'oldest of three')
    expectEqual(zxids(await kit.snapshotter.list()), [50, 40, 30], 'snapshots')
    await kit.restart()
    expectEqual(await kit.snapshotter.purge(1), 50, 'oldest of one')
    expectEqual(zxids(await kit.snapshotter.list()), [50], 'snapshots')
  })
}

interface Content {
  readonly body: readonly Uint8Array[]
  readonly trailers: readonly Uint8Array[]
}

class SnapshotKit {
  snapshotter: Snapshotter

  constructor(
    readonly medium: SnapshotMedium,
    private readonly can: SnapshotAbilities,
  ) {
    this.snapshotter = medium.create()
  }

  async restart(): Promise<void> {
    await (this.can.powerCut ? this.medium.powerCut() : this.snapshotter.close())
    this.snapshotter = this.medium.create()
    await this.snapshotter.open()
  }

  get keepsCompanions(): boolean {
    return this.snapshotter.companion !== undefined
  }

  write(zxid: Zxid, { body, trailers }: Content, companion?: readonly Uint8Array[]): Promise<SnapshotInfo> {
    const beside = companion && { companion: () => companion }
    return this.snapshotter.write(zxid, { ...source(body, trailers), ...beside })
  }

  async content(info: SnapshotInfo): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.snapshotter.read(info)) chunks.push(chunk)
    return concat(chunks)
  }

  async dispose(): Promise<void> {
    try {
      await this.snapshotter.close()
    } finally {
      await this.medium.dispose()
    }
  }
}

function source(body: readonly Uint8Array[], trailers: readonly Uint8Array[]): SnapshotSource {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* body
  }
  return { body: chunks(), trailers: () => trailers }
}

function pieces(lengths: readonly number[], seed: number): Uint8Array[] {
  return lengths.map((length, i) => bytes(length, seed + i))
}

function snapshot(seed: number, body: readonly number[], trailers: readonly number[]): Content {
  const make = (length: number, i: number): Uint8Array => bytes(length, seed + i)
  return { body: body.map(make), trailers: trailers.map(make) }
}

function bytes(length: number, seed: number): Uint8Array {
  const result = new Uint8Array(length)
  for (let i = 0; i < length; i++) result[i] = i * 31 + seed * 17 + (i >>> 9)
  return result
}

function joined({ body, trailers }: Content): Uint8Array {
  return concat([...body, ...trailers])
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function zxids(list: readonly SnapshotInfo[]): Zxid[] {
  return list.map(info => info.zxid)
}
