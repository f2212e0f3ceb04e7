import {
  invariant,
  type Logger,
  MenagerieError,
  type SnapshotInfo,
  type SnapshotSource,
  type Snapshotter,
  silentLogger,
  type Zxid,
} from '@menagerie/core/plugin'
import { reasonOf } from '../database/errors.js'
import { chunkKey, markerKey, nameKey, zxidKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import type { Range, WriteRequest } from '../database/write-request.js'
import { readCompanion, readSnapshot } from './chunk-reader.js'
import { ChunkWriter } from './chunk-writer.js'
import { COMPANION, infoOf, type Marker, markerValue } from './snapshot-entries.js'
import { findSnapshots, type StoredSnapshots } from './stored-snapshots.js'

const DISCARDED = nameKey('discarded')

/** Snapshots in a database of RocksDB: first the chunks, then the marker that makes them a snapshot. */
export class RocksSnapshotter implements Snapshotter {
  readonly location: string
  private isOpen = false
  private lastNumber = 0
  /** What is there, as long as nothing changes it. */
  private found: Promise<StoredSnapshots> | undefined

  constructor(
    private readonly database: RocksDatabase,
    private readonly logger: Logger = silentLogger,
  ) {
    this.location = database.path
  }

  async open(): Promise<void> {
    if (this.isOpen) return
    await this.database.open()
    try {
      await this.removeUseless()
    } catch (error) {
      await this.database.close()
      throw error
    }
    this.isOpen = true
  }

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const number = ++this.lastNumber
    const writer = new ChunkWriter(this.database, number)
    const beside = new ChunkWriter(this.database, number, COMPANION)
    try {
      for await (const chunk of source.body) await writer.add(chunk)
      for (const section of source.trailers()) await writer.add(section)
      await writer.finish()
      for (const piece of source.companion?.() ?? []) await beside.add(piece)
      await beside.finish()
      const earlier = await this.marker(zxid)
      const companion = source.companion && { bytes: beside.bytes, chunks: beside.chunks }
      const marker = { zxid, number, bytes: writer.bytes, chunks: writer.chunks, companion }
      const puts = [{ key: markerKey(number), value: markerValue(marker) }]
      await this.change({ puts, sync: true })
      if (earlier) await this.remove([earlier.number])
      return infoOf(marker)
    } catch (error) {
      // What can not be removed now goes at the next start.
      for (const part of [writer, beside]) await part.finish().catch(() => {})
      await this.remove([number]).catch(() => {})
      const message = `the snapshot of zxid 0x${zxid.toString(16)} could not be written to ${this.location} (${reasonOf(error)})`
      throw new MenagerieError('SNAPSHOT_IO', message, { cause: error })
    }
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    const { complete, damaged } = await this.find()
    for (const number of damaged) this.logger.warn({ number }, 'skipped a snapshot whose marker is damaged')
    return complete.map(infoOf)
  }

  async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const marker = await this.stored(info)
    try {
      yield* readSnapshot(this.database, marker)
    } catch (error) {
      throw await this.whyNotRead(info, error)
    }
  }

  async companion(info: SnapshotInfo): Promise<Uint8Array | undefined> {
    const marker = await this.stored(info)
    try {
      return await readCompanion(this.database, marker)
    } catch (error) {
      throw await this.whyNotRead(info, error)
    }
  }

  async discardAfter(zxid: Zxid): Promise<void> {
    const { complete, damaged } = await this.find()
    const later = complete.filter(marker => marker.zxid > zxid)
    // A damaged one may be later too.
    const ranges = [...later.map(({ number }) => number), ...damaged].map(rangeOf)
    // The put makes the deletions durable along with itself.
    await this.change({ ranges, puts: [{ key: DISCARDED, value: zxidKey(zxid) }], sync: true })
    for (const marker of later) {
      const fields = { zxid: `0x${marker.zxid.toString(16)}` }
      this.logger.warn(fields, 'removed a snapshot of transactions that the leader has cut off')
    }
  }

  async purge(keep: number): Promise<Zxid> {
    invariant(keep >= 1, 'at least one snapshot is kept')
    const { complete, damaged } = await this.find()
    const removed = complete.slice(keep)
    if (removed.length + damaged.length > 0) await this.remove([...removed.map(({ number }) => number), ...damaged])
    for (const { zxid } of removed) this.logger.info({ zxid: `0x${zxid.toString(16)}` }, 'removed an old snapshot')
    return complete.slice(0, keep).at(-1)?.zxid ?? 0
  }

  async close(): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    this.found = undefined
    await this.database.close()
  }

  /** @throws SNAPSHOT_CORRUPT */
  private async find(): Promise<StoredSnapshots> {
    const found = (this.found ??= findSnapshots(this.database))
    try {
      return await found
    } catch (error) {
      this.found = undefined
      throw error
    }
  }

  /** Writes what makes another set of snapshots out of those that are there. */
  private async change(request: WriteRequest): Promise<void> {
    try {
      await this.database.write(request)
    } finally {
      this.found = undefined
    }
  }

  private async marker(zxid: Zxid): Promise<Marker | undefined> {
    const { complete } = await this.find()
    return complete.find(marker => marker.zxid === zxid)
  }

  private async removeUseless(): Promise<void> {
    const { useless, last } = await this.find()
    this.lastNumber = last
    if (useless.length === 0) return
    await this.remove(useless)
    this.logger.info({ numbers: useless }, 'removed snapshots that a crash left unfinished')
  }

  /** Each with its marker at once, so that what has a marker is complete whenever this is interrupted. */
  private async remove(numbers: readonly number[]): Promise<void> {
    await this.change({ ranges: numbers.map(rangeOf), sync: false })
  }

  /** @throws SNAPSHOT_MISSING */
  private async stored(info: SnapshotInfo): Promise<Marker> {
    const marker = await this.marker(info.zxid)
    if (!marker) throw this.missing(info)
    return marker
  }

  /** A purge may have come between the marker and its chunks. */
  private async whyNotRead(info: SnapshotInfo, error: unknown): Promise<unknown> {
    return (await this.marker(info.zxid)) ? error : this.missing(info)
  }

  private missing({ name }: SnapshotInfo): MenagerieError {
    return new MenagerieError('SNAPSHOT_MISSING', `${name} is not in ${this.location} any more`)
  }
}

/** Chunks and marker of a snapshot. */
function rangeOf(number: number): Range {
  return { from: chunkKey(number, 0), to: chunkKey(number + 1, 0) }
}
