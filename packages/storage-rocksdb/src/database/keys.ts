/**
 * Keys of the two databases. All numbers are big endian, so that RocksDB's order of bytes is the order of numbers.
 *
 *     log        <0 8> <name>                what is durable beside the records: epochs, format
 *                <zxid 8>                    records from this zxid on, up to the next key's
 *     snapshots  <0 8> <name>                format
 *                <number 8> <index 4>        a chunk of the snapshot with this running number
 *                <number 8> <80000000 4>     the first chunk of its companion, then others
 *                <number 8> <ffffffff 4>     its marker: it is complete
 *
 * No record has zxid 0 and no snapshot number 0, so names are not among them. What is written later has a higher key,
 * names apart, which are written seldom: tables whose keys do not overlap are moved through RocksDB's levels, all others
 * are rewritten again and again.
 */

import { putInt, putLong } from '@menagerie/core/jute'
import type { Zxid } from '@menagerie/core/plugin'

const TWO_32 = 0x1_0000_0000

export function getLong(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4)
}

export function nameKey(name: string): Uint8Array {
  return Buffer.from(`\0\0\0\0\0\0\0\0${name}`, 'latin1')
}

export function zxidKey(zxid: Zxid): Uint8Array {
  const key = new Uint8Array(8)
  putLong(key, 0, zxid)
  return key
}

/** Where records and chunks begin, behind every name. */
export const FIRST = zxidKey(1)
/** Above every zxid and every running number, which are below 2^53. */
export const END = Uint8Array.of(0xff)

const MARKER = -1

export function chunkKey(number: number, index: number): Uint8Array {
  const key = new Uint8Array(12)
  putLong(key, 0, number)
  putInt(key, 8, index)
  return key
}

export const markerKey = (number: number): Uint8Array => chunkKey(number, MARKER)

/** The running number of the snapshot that a chunk or a marker belongs to. */
export const numberOf = (key: Uint8Array): number => getLong(key, 0)

export const isMarker = (key: Uint8Array): boolean => key.length === 12 && key.subarray(8).every(byte => byte === 0xff)
