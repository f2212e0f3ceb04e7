/** What the log's database holds besides the present batch: looking for blocks, and reading them one after another. */
import { type LogRecord, MenagerieError, type Zxid, zxidHex } from '@menagerie/core/plugin'
import { corrupt, isCorruption } from '../database/errors.js'
import { END, FIRST, getLong, zxidKey } from '../database/keys.js'
import { unpack } from '../database/packing.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { BLOCK_HEADER, recordsOf } from './log-block.js'

export interface LogBlock {
  readonly first: Zxid
  readonly bytes: Buffer
  readonly records: readonly LogRecord[]
}

const READ_AT_ONCE = 64
const READ_BYTES = 2 * 1024 * 1024

/** The last block that begins at `zxid` or before. @throws LOG_CORRUPT */
export async function blockAt(database: RocksDatabase, zxid: Zxid): Promise<LogBlock | undefined> {
  return one(database, { gte: FIRST, lte: zxidKey(zxid), reverse: true })
}

export async function lastBlock(database: RocksDatabase): Promise<LogBlock | undefined> {
  return one(database, { gte: FIRST, lt: END, reverse: true })
}

export async function firstBlock(database: RocksDatabase): Promise<LogBlock | undefined> {
  return one(database, { gte: FIRST, lt: END })
}

async function one(database: RocksDatabase, range: Parameters<RocksDatabase['first']>[0]) {
  const entry = await reading(database, () => database.first(range))
  return entry && decode(database, entry)
}

/** The records from `from` to `last`, in order. @throws LOG_CORRUPT */
export async function* readLog(database: RocksDatabase, from: Zxid, last: Zxid): AsyncGenerator<readonly LogRecord[]> {
  if (from > last) return
  const begin = (await blockAt(database, from))?.first ?? Math.max(from, 1)
  const range = { gte: zxidKey(begin), lt: zxidKey(last + 1), highWaterMarkBytes: READ_BYTES }
  const iterator = database.iterator(range)
  try {
    for (;;) {
      const entries = await reading(database, () => iterator.nextv(READ_AT_ONCE))
      if (entries.length === 0) return
      for (const entry of entries) {
        const { records } = decode(database, entry)
        // Nearly always the block as it is.
        const whole = records[0]!.zxid >= from && records.at(-1)!.zxid <= last
        const wanted = whole ? records : records.filter(({ zxid }) => zxid >= from && zxid <= last)
        if (wanted.length > 0) yield wanted
      }
    }
  } finally {
    await iterator.close()
  }
}

function decode({ path }: RocksDatabase, [key, value]: [Buffer, Buffer]): LogBlock {
  const first = getLong(key, 0)
  const bytes = unpack(value, BLOCK_HEADER)
  const records = bytes && recordsOf(bytes)
  if (bytes && records?.[0]?.zxid === first) return { first, bytes, records }
  const message = `the records from 0x${zxidHex(first)} on in ${path} are damaged: they are not what was written`
  throw new MenagerieError('LOG_CORRUPT', message)
}

/** What `work` reads. @throws LOG_CORRUPT for what RocksDB finds damaged */
export async function reading<T>({ path }: RocksDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isCorruption(error) ? corrupt('LOG_CORRUPT', path, error) : error
  }
}
