/** How a snapshot is stored: chunks with a checksum each, and a marker that says they are all there. */
import type { SnapshotInfo, Zxid } from '@menagerie/core'
import { zxidHex } from '@menagerie/core'
import { putLong } from '@menagerie/core/jute'
import { crc32c } from '@node-rs/crc32'
import { getLong, zxidOfMarker } from '../database/keys.js'

/** Bytes of a snapshot in a chunk; the last one may have fewer. */
export const CHUNK = 1024 * 1024
/** In front of a chunk's bytes: their CRC-32C. */
export const CHUNK_HEADER = 4

export function sealChunk(chunk: Uint8Array): Uint8Array {
  view(chunk).setUint32(0, crc32c(chunk.subarray(CHUNK_HEADER)))
  return chunk
}

/** The bytes; undefined where they are not those that were sealed. */
export function openChunk(chunk: Uint8Array): Uint8Array | undefined {
  if (chunk.length < CHUNK_HEADER) return undefined
  const bytes = chunk.subarray(CHUNK_HEADER)
  return view(chunk).getUint32(0) === crc32c(bytes) ? bytes : undefined
}

export interface Marker {
  readonly zxid: Zxid
  /** Under which running number the chunks are. */
  readonly number: number
  readonly bytes: number
  readonly chunks: number
}

export function markerValue({ number, bytes, chunks }: Marker): Uint8Array {
  const value = new Uint8Array(24)
  putLong(value, 0, number)
  putLong(value, 8, bytes)
  view(value).setUint32(16, chunks)
  view(value).setUint32(20, crc32c(value.subarray(0, 20)))
  return value
}

/** Undefined where it is not what {@link markerValue} made. */
export function readMarker(key: Uint8Array, value: Uint8Array): Marker | undefined {
  if (value.length !== 24 || view(value).getUint32(20) !== crc32c(value.subarray(0, 20))) return undefined
  const chunks = view(value).getUint32(16)
  return { zxid: zxidOfMarker(key), number: getLong(value, 0), bytes: getLong(value, 8), chunks }
}

export function infoOf({ zxid, bytes }: Marker): SnapshotInfo {
  return { zxid, name: `snapshot.${zxidHex(zxid)}`, bytes }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
