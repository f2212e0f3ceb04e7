/**
 * A block: what one entry of the log's database holds. Its key is the zxid of its first record.
 *
 *     where it begins in the log, in bytes (8), then for each record: zxid (8), length (4), bytes
 *
 * What follows the 8 bytes may be compressed: the first of them, which is 0 in each position, then is 1 (`packing.ts`).
 * One entry for each batch instead of one for each record: RocksDB and the crossing into it cost the same for either.
 */

import { putInt, putLong } from '@menagerie/core/jute'
import type { LogRecord, Zxid } from '@menagerie/core/plugin'
import { getLong } from '../database/keys.js'

export const BLOCK_HEADER = 8
export const RECORD_OVERHEAD = 12

/** A new block begins once one has this many bytes, so that reading needs little memory. */
export const BLOCK_MAX = 1024 * 1024

/** @returns where the next record goes */
export function putRecord(bytes: Uint8Array, at: number, { zxid, bytes: record }: LogRecord): number {
  putLong(bytes, at, zxid)
  putInt(bytes, at + 8, record.length)
  bytes.set(record, at + RECORD_OVERHEAD)
  return at + RECORD_OVERHEAD + record.length
}

/** Where a block begins and ends, counted in bytes of records since the log's beginning. */
export function extentOf(block: Uint8Array): { begin: number; end: number } {
  const begin = getLong(block, 0)
  return { begin, end: begin + block.length - BLOCK_HEADER }
}

/** Its records; undefined where the lengths do not add up. The arrays are views of the block. */
export function recordsOf(block: Uint8Array): LogRecord[] | undefined {
  if (block.length < BLOCK_HEADER) return undefined
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  const records: LogRecord[] = []
  let at = BLOCK_HEADER
  while (at < block.length) {
    if (at + RECORD_OVERHEAD > block.length) return undefined
    const zxid = getLong(block, at)
    const end = at + RECORD_OVERHEAD + view.getUint32(at + 8)
    if (end > block.length) return undefined
    records.push({ zxid, bytes: block.subarray(at + RECORD_OVERHEAD, end) })
    at = end
  }
  return records
}

/** The block without its records after `last`. */
export function cutBlock(block: Uint8Array, last: Zxid): Uint8Array {
  let length = BLOCK_HEADER
  for (const { zxid, bytes } of recordsOf(block) ?? []) {
    if (zxid > last) break
    length += RECORD_OVERHEAD + bytes.length
  }
  return block.slice(0, length)
}
