import { invariant, MenagerieError } from '../errors.js'
import { concat } from '../jute/concat.js'
import type { SnapshotInfo, SnapshotSource, Snapshotter } from '../seams/snapshotter.js'
import { type Zxid, zxidHex } from '../zxid.js'

/** A stored snapshot: its chunks, in order. */
export interface MemorySnapshot {
  readonly zxid: Zxid
  readonly chunks: readonly Uint8Array[]
  readonly companion?: Uint8Array
}

/** What a {@link MemorySnapshotter} keeps beyond its own life, by name. */
export type MemorySnapshotMedium = Map<string, MemorySnapshot>

/** Snapshots in memory: for tests, simulation and servers that need not survive. */
export class MemorySnapshotter implements Snapshotter {
  readonly location = 'memory'
  constructor(readonly medium: MemorySnapshotMedium = new Map()) {}

  async open(): Promise<void> {}

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const chunks: Uint8Array[] = []
    let companion: Uint8Array | undefined
    try {
      for await (const chunk of source.body) chunks.push(chunk.slice())
      for (const section of source.trailers()) chunks.push(section.slice())
      companion = source.companion && concat(source.companion())
    } catch (cause) {
      throw new MenagerieError('SNAPSHOT_IO', `snapshot 0x${zxidHex(zxid)} could not be written`, { cause })
    }
    const name = `snapshot.${zxidHex(zxid)}`
    this.medium.set(name, { zxid, chunks, ...(companion && { companion }) })
    return this.info(name, { zxid, chunks })
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    const infos = [...this.medium].map(([name, snapshot]) => this.info(name, snapshot))
    return infos.sort((a, b) => b.zxid - a.zxid)
  }

  async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const snapshot = this.stored(info)
    for (const chunk of snapshot.chunks) yield chunk.slice()
  }

  async companion(info: SnapshotInfo): Promise<Uint8Array | undefined> {
    return this.stored(info).companion?.slice()
  }

  async discardAfter(zxid: Zxid): Promise<void> {
    for (const [name, snapshot] of this.medium) if (snapshot.zxid > zxid) this.medium.delete(name)
  }

  async purge(keep: number): Promise<Zxid> {
    invariant(keep >= 1, 'at least one snapshot is kept')
    const newestFirst = await this.list()
    for (const { name } of newestFirst.slice(keep)) this.medium.delete(name)
    return newestFirst.slice(0, keep).at(-1)?.zxid ?? 0
  }

  async close(): Promise<void> {}

  private stored({ name }: SnapshotInfo): MemorySnapshot {
    const snapshot = this.medium.get(name)
    if (!snapshot) throw new MenagerieError('SNAPSHOT_MISSING', `${name} is not there any more`)
    return snapshot
  }

  private info(name: string, { zxid, chunks }: MemorySnapshot): SnapshotInfo {
    return { zxid, name, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) }
  }
}
