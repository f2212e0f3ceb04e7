/** Which snapshots the database has: complete ones, and what crashes, repetitions and damage have left of others. */
import type { Zxid } from '@menagerie/core/plugin'
import { corrupt, isCorruption } from '../database/errors.js'
import { END, FIRST, isMarker, markerKey, numberOf } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { type Marker, readMarker } from './snapshot-entries.js'

export interface StoredSnapshots {
  /** By zxid, newest first, one for each. */
  readonly complete: readonly Marker[]
  /** Running numbers of chunks without a marker, and of snapshots that a later one of the same zxid has replaced. */
  readonly useless: readonly number[]
  /** Running numbers of snapshots whose marker is damaged. */
  readonly damaged: readonly number[]
  /** The highest running number in use. */
  readonly last: number
}

/** @throws SNAPSHOT_CORRUPT */
export async function findSnapshots(database: RocksDatabase): Promise<StoredSnapshots> {
  const complete = new Map<Zxid, Marker>()
  const useless: number[] = []
  const damaged: number[] = []
  let last = 0
  const iterator = database.iterator({ gte: FIRST, lt: END, reverse: true })
  try {
    for (;;) {
      const [entry] = await iterator.nextv(1)
      if (!entry) break
      const number = numberOf(entry[0])
      const marker = readMarker(number, entry[1])
      last = Math.max(last, number)
      // A marker has the highest key of its snapshot.
      if (!isMarker(entry[0])) useless.push(number)
      else if (!marker) damaged.push(number)
      else if (complete.has(marker.zxid)) useless.push(number)
      else complete.set(marker.zxid, marker)
      // To the last entry of an earlier one: to make another iterator costs a millisecond.
      iterator.seek(markerKey(number - 1))
    }
  } catch (error) {
    throw isCorruption(error) ? corrupt('SNAPSHOT_CORRUPT', database.path, error) : error
  } finally {
    await iterator.close()
  }
  return { complete: [...complete.values()].sort((a, b) => b.zxid - a.zxid), useless, damaged, last }
}
