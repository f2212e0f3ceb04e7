import {
  invariant,
  type Logger,
  MenagerieError,
  type SnapshotInfo,
  type SnapshotSource,
  type Snapshotter,
  silentLogger,
  type Zxid,
} from '@menagerie/core'
import { corrupt, isCorruption, reasonOf } from '../database/errors.js'
import { chunkKey, MARKERS, MARKERS_END, markerKey, numberOfChunk } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { readChunks } from './chunk-reader.js'
import { ChunkWriter } from './chunk-writer.js'
import { infoOf, type Marker, markerValue, readMarker } from './snapshot-entries.js'

/** Snapshots in a column family of RocksDB: first the chunks, then the marker that makes them a snapshot. */
export class RocksSnapshotter implements Snapshotter {
  readonly location: string
  private isOpen = false
  private lastNumber = 0

  constructor(
    private readonly database: RocksDatabase,
    private readonly logger: Logger = silentLogger,
  ) {
    this.location = database.path
  }

  async open(): Promise<void> {
    if (this.isOpen) return
    await this.database.acquire()
    try {
      await this.removeUnfinished()
    } catch (error) {
      await this.database.release()
      throw error
    }
    this.isOpen = true
  }

  async write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const number = ++this.lastNumber
    const writer = new ChunkWriter(this.database, number)
    try {
      for await (const chunk of source.body) await writer.add(chunk)
      for (const section of source.trailers()) await writer.add(section)
      await writer.finish()
      const earlier = await this.marker(zxid)
      const marker = { zxid, number, bytes: writer.bytes, chunks: writer.chunks }
      const puts = [{ column: 'snapshots', key: markerKey(zxid), value: markerValue(marker) }] as const
      await this.database.write({ puts, sync: true })
      if (earlier) await this.removeChunks(earlier.number)
      return infoOf(marker)
    } catch (error) {
      // What can not be removed now goes at the next start.
      await writer.finish().catch(() => {})
      await this.removeChunks(number).catch(() => {})
      const message = `the snapshot of zxid 0x${zxid.toString(16)} could not be written to ${this.location} (${reasonOf(error)})`
      throw new MenagerieError('SNAPSHOT_IO', message, { cause: error })
    }
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    return (await this.markers()).map(infoOf)
  }

  async *read(info: SnapshotInfo): AsyncGenerator<Uint8Array> {
    const marker = await this.marker(info.zxid)
    if (!marker) throw this.missing(info)
    try {
      yield* readChunks(this.database, marker)
    } catch (error) {
      // A purge may have come between the marker and its chunks.
      if (!(await this.marker(info.zxid))) throw this.missing(info)
      throw error
    }
  }

  async discardAfter(zxid: Zxid): Promise<void> {
    const later = (await this.markers()).filter(marker => marker.zxid > zxid)
    // Whole ranges, so that damaged markers go too. The deletion makes them durable along with itself.
    const ranges = [{ column: 'snapshots', from: markerKey(zxid + 1), to: MARKERS_END }] as const
    const deletions = [{ column: 'snapshots', key: markerKey(zxid + 1) }] as const
    await this.database.write({ ranges, deletions, sync: true })
    for (const marker of later) {
      await this.removeChunks(marker.number)
      const fields = { zxid: `0x${marker.zxid.toString(16)}` }
      this.logger.warn(fields, 'removed a snapshot of transactions that the leader has cut off')
    }
  }

  async purge(keep: number): Promise<Zxid> {
    invariant(keep >= 1, 'at least one snapshot is kept')
    const markers = await this.markers()
    const removed = markers.slice(keep)
    for (const { zxid, number } of removed) {
      // The marker first: what has a marker is complete, whenever this is interrupted.
      await this.database.write({ deletions: [{ column: 'snapshots', key: markerKey(zxid) }], sync: false })
      await this.removeChunks(number)
      this.logger.info({ zxid: `0x${zxid.toString(16)}` }, 'removed an old snapshot')
    }
    return markers.slice(0, keep).at(-1)?.zxid ?? 0
  }

  async close(): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    await this.database.release()
  }

  /** Newest first; one that is damaged is passed over. */
  private async markers(): Promise<Marker[]> {
    const iterator = this.database.iterator('snapshots', { gte: MARKERS, lt: MARKERS_END, reverse: true })
    const found: Marker[] = []
    try {
      for (;;) {
        const entries = await iterator.nextv(100)
        if (entries.length === 0) return found
        for (const [key, value] of entries) {
          const marker = readMarker(key, value)
          if (marker) found.push(marker)
          else this.logger.warn({ key: key.toString('hex') }, 'skipped a snapshot whose marker is damaged')
        }
      }
    } catch (error) {
      throw isCorruption(error) ? corrupt('SNAPSHOT_CORRUPT', this.location, error) : error
    } finally {
      await iterator.close()
    }
  }

  private async marker(zxid: Zxid): Promise<Marker | undefined> {
    const key = markerKey(zxid)
    const value = await this.database.get('snapshots', key)
    return value && readMarker(key, value)
  }

  private async removeUnfinished(): Promise<void> {
    const complete = new Set((await this.markers()).map(marker => marker.number))
    for (let number = 0; ; number++) {
      const next = await this.database.first('snapshots', { gte: chunkKey(number, 0), lt: MARKERS, values: false })
      if (!next) break
      number = numberOfChunk(next[0])
      if (complete.has(number)) continue
      await this.removeChunks(number)
      this.logger.info({ number }, 'removed a snapshot that a crash left unfinished')
      this.lastNumber = number
    }
    this.lastNumber = Math.max(this.lastNumber, ...complete)
  }

  private async removeChunks(number: number): Promise<void> {
    const ranges = [{ column: 'snapshots', from: chunkKey(number, 0), to: chunkKey(number + 1, 0) }] as const
    await this.database.write({ ranges, sync: false })
  }

  private missing({ name }: SnapshotInfo): MenagerieError {
    return new MenagerieError('SNAPSHOT_MISSING', `${name} is not in ${this.location} any more`)
  }
}
