import { invariant, MenagerieError } from '../../errors.js'
import type { SnapshotInfo, SnapshotSource, Snapshotter } from '../../seams/snapshotter.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import type { SimulatedProcess, Timeline } from '../time/index.js'
import type { SimulatedDisk, StoredSnapshot } from './simulated-disk.js'

/** Writing a chunk of a snapshot takes as long as so many flushes of the log. */
const CHUNK_FLUSHES = 4

/** The {@link Snapshotter} of one process on a {@link SimulatedDisk}: a snapshot is there as a whole or not at all. */
export class SimulatedSnapshotter implements Snapshotter {
  readonly location: string

  constructor(
    private readonly disk: SimulatedDisk,
    private readonly timeline: Timeline,
    private readonly process: SimulatedProcess,
  ) {
    this.location = `the disk of ${process.name}`
  }

  async open(): Promise<void> {}

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const chunks: Uint8Array[] = []
    this.disk.onStep('snapshot', 'begins', zxid)
    try {
      for await (const chunk of source.body) {
        chunks.push(chunk.slice())
        for (let i = 0; i < CHUNK_FLUSHES; i++) await this.operation()
      }
      for (const section of source.trailers()) chunks.push(section.slice())
      await this.operation()
      if (this.disk.full) throw new Error('no space is left')
    } catch (cause) {
      throw new MenagerieError('SNAPSHOT_IO', `snapshot 0x${zxidHex(zxid)} could not be written`, { cause })
    }
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const name = `snapshot.${zxidHex(zxid)}`
    this.disk.snapshots.set(name, { zxid, chunks, bytes, damaged: false })
    this.disk.onStep('snapshot', 'done', zxid)
    return { zxid, name, bytes }
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    return this.newestFirst().map(([name, { zxid, bytes }]) => ({ zxid, name, bytes }))
  }

  async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const snapshot = this.disk.snapshots.get(info.name)
    if (snapshot === undefined) throw new MenagerieError('SNAPSHOT_MISSING', `${info.name} is not there any more`)
    for (const chunk of snapshot.chunks) {
      await this.operation()
      yield chunk.slice()
    }
    if (snapshot.damaged) throw new MenagerieError('SNAPSHOT_CORRUPT', `${info.name} is damaged at byte 0`)
  }

  async discardAfter(zxid: Zxid): Promise<void> {
    const { snapshots } = this.disk
    this.disk.onStep('discardSnapshots', 'begins', zxid)
    for (const [name, later] of this.newestFirst()) {
      if (later.zxid <= zxid) return
      // One after another, the newest first: a crash between leaves the older ones.
      await this.operation()
      snapshots.delete(name)
    }
    await this.operation()
    this.disk.onStep('discardSnapshots', 'done', zxid)
  }

  async purge(keep: number): Promise<Zxid> {
    invariant(keep >= 1, 'at least one snapshot is kept')
    await this.operation()
    const snapshots = this.newestFirst()
    for (const [name] of snapshots.slice(keep)) this.disk.snapshots.delete(name)
    this.disk.spareLastSnapshot()
    return snapshots.slice(0, keep).at(-1)?.[1].zxid ?? 0
  }

  async close(): Promise<void> {}

  private newestFirst(): [name: string, snapshot: StoredSnapshot][] {
    return [...this.disk.snapshots].sort(([, a], [, b]) => b.zxid - a.zxid)
  }

  private operation(): Promise<void> {
    return new Promise(resolve => this.timeline.after(this.disk.latencyUs(), this.process, resolve))
  }
}
