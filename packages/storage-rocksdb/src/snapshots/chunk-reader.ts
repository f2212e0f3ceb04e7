import { MenagerieError } from '@menagerie/core/plugin'
import { corrupt, isCorruption } from '../database/errors.js'
import { chunkKey, markerKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { infoOf, type Marker, openChunk } from './snapshot-entries.js'

/** Entries that one call fetches: two chunks, while the reader works on two others. */
const AT_ONCE = 2

/** The bytes of a snapshot, each chunk checked before it is given. @throws SNAPSHOT_CORRUPT */
export async function* readChunks(database: RocksDatabase, marker: Marker): AsyncGenerator<Uint8Array> {
  const { number, bytes, chunks } = marker
  const damaged = (at: number, reason: string): MenagerieError => {
    const { name } = infoOf(marker)
    return new MenagerieError('SNAPSHOT_CORRUPT', `${name} in ${database.path} is damaged at byte ${at}: ${reason}`)
  }
  const iterator = database.iterator({ gte: chunkKey(number, 0), lt: markerKey(number) })
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
        if (!chunkKey(number, count).every((byte, i) => byte === key[i])) throw damaged(offset, 'a chunk is missing')
        const chunk = openChunk(value)
        if (!chunk) throw damaged(offset, 'the checksum of a chunk does not match')
        offset += chunk.length
        count++
        yield chunk
      }
    }
    if (count !== chunks || offset !== bytes) throw damaged(offset, `${chunks - count} chunks are missing`)
  } catch (error) {
    throw isCorruption(error) ? corrupt('SNAPSHOT_CORRUPT', infoOf(marker).name, error) : error
  } finally {
    // An iterator is not closed while it works.
    await ahead.catch(() => {})
    await iterator.close()
  }
}
