/** Which snapshots the database has: complete ones, and what crashes, repetitions and damage have left of others. */
import type { Zxid } from '@menagerie/core/plugin'
import { corrupt, isCorruption } from '../database/errors.js'
import { chunkKey, END, FIRST, isMarker, numberOf } from '../database/keys.js'
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
  for (let end: Uint8Array = END; ; ) {
    const entry = await lastBefore(database, end)
    if (!entry) break
    const number = numberOf(entry[0])
    const marker = readMarker(number, entry[1])
    last = Math.max(last, number)
    // A marker has the highest key of its snapshot.
    if (!isMarker(entry[0])) useless.push(number)
    else if (!marker) damaged.push(number)
    else if (complete.has(marker.zxid)) useless.push(number)
    else complete.set(marker.zxid, marker)
    end = chunkKey(number, 0)
  }
  return { complete: [...complete.values()].sort((a, b) => b.zxid - a.zxid), useless, damaged, last }
}

async function lastBefore(database: RocksDatabase, end: Uint8Array): Promise<[Buffer, Buffer] | undefined> {
  try {
    return await database.first({ gte: FIRST, lt: end, reverse: true })
  } catch (error) {
    throw isCorruption(error) ? corrupt('SNAPSHOT_CORRUPT', database.path, error) : error
  }
}
