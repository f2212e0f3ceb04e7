/**
 * Keys of the two column families. All numbers are big endian, so that RocksDB's order of bytes is the order of numbers.
 *
 *     log        <zxid 8>                records from this zxid on, up to the next key's
 *                ff <name>               what is durable beside them: epochs, format
 *     snapshots  00 <number 8> <index 4> a chunk of the snapshot with this running number
 *                01 <zxid 8>             the marker of a complete snapshot
 *
 * A zxid is below 2^53: the first byte of its key is 00, and names can not be among them.
 */
import type { Zxid } from '@menagerie/core'
import { putInt, putLong } from '@menagerie/core/jute'

const TWO_32 = 0x1_0000_0000

export function getLong(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4)
}

export function zxidKey(zxid: Zxid): Uint8Array {
  const key = new Uint8Array(8)
  putLong(key, 0, zxid)
  return key
}

/** Above every zxid, below every name. */
export const LOG_END = Uint8Array.of(0xff)

export function nameKey(name: string): Uint8Array {
  return Buffer.from(`\xff${name}`, 'latin1')
}

export function chunkKey(number: number, index: number): Uint8Array {
  const key = new Uint8Array(13)
  putLong(key, 1, number)
  putInt(key, 9, index)
  return key
}

/** The running number of the snapshot that a chunk belongs to. */
export const numberOfChunk = (key: Uint8Array): number => getLong(key, 1)

const MARKER = 1

export function markerKey(zxid: Zxid): Uint8Array {
  const key = new Uint8Array(9)
  key[0] = MARKER
  putLong(key, 1, zxid)
  return key
}

export const zxidOfMarker = (key: Uint8Array): Zxid => getLong(key, 1)

/** Where markers begin and chunks end. */
export const MARKERS = Uint8Array.of(MARKER)
export const MARKERS_END = Uint8Array.of(MARKER + 1)
