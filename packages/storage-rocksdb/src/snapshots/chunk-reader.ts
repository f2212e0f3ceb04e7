import { MenagerieError } from '@menagerie/core/plugin'
import { corrupt, isCorruption } from '../database/errors.js'
import { chunkKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { COMPANION, type Extent, infoOf, type Marker, openChunk } from './snapshot-entries.js'

/** Entries that one call fetches: four chunks, while the reader works on four others. */
const AT_ONCE = 4

/** The bytes of a snapshot, each chunk checked before it is given. @throws SNAPSHOT_CORRUPT */
export function readSnapshot(database: RocksDatabase, marker: Marker): AsyncGenerator<Uint8Array> {
  return readChunks(database, { number: marker.number, first: 0, what: infoOf(marker).name }, marker)
}

/** Those of its companion; undefined where it has none. @throws SNAPSHOT_CORRUPT */
export async function readCompanion(database: RocksDatabase, marker: Marker): Promise<Uint8Array | undefined> {
  const { number, companion } = marker
  if (!companion) return undefined
  const place = { number, first: COMPANION, what: `the companion of ${infoOf(marker).name}` }
  const bytes = new Uint8Array(companion.bytes)
  let at = 0
  for await (const chunk of readChunks(database, place, companion)) {
    // What is longer than it should be is found at the end of the reading.
    if (at + chunk.length <= bytes.length) bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

interface Place {
  readonly number: number
  /** The index of the first chunk. */
  readonly first: number
  readonly what: string
}

async function* readChunks(database: RocksDatabase, place: Place, extent: Extent): AsyncGenerator<Uint8Array> {
  const { number, first, what } = place
  const damaged = (at: number, reason: string): MenagerieError =>
    new MenagerieError('SNAPSHOT_CORRUPT', `${what} in ${database.path} is damaged at byte ${at}: ${reason}`)
  const iterator = database.iterator({ gte: chunkKey(number, first), lt: chunkKey(number, first + COMPANION - 1) })
  let ahead = iterator.nextv(AT_ONCE)
  ahead.catch(() => {}) // met by the next await
  let offset = 0
  let count = 0
  try {
    for (;;) {
      const entries = await ahead
      if (entries.length === 0) break
      ahead = iterator.nextv(AT_ONCE)
      ahead.catch(() => {})
      for (const [key, value] of entries) {
        if (!chunkKey(number, first + count).every((byte, i) => byte === key[i]))
          throw damaged(offset, 'a chunk is missing')
        const chunk = openChunk(value)
        if (!chunk) throw damaged(offset, 'the checksum of a chunk does not match')
        offset += chunk.length
        count++
        yield chunk
      }
    }
    if (count !== extent.chunks || offset !== extent.bytes)
      throw damaged(offset, `${extent.chunks - count} chunks are missing`)
  } catch (error) {
    throw isCorruption(error) ? corrupt('SNAPSHOT_CORRUPT', what, error) : error
  } finally {
    // An iterator is not closed while it works.
    await ahead.catch(() => {})
    await iterator.close()
  }
}
