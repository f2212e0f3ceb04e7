/** How a snapshot is stored: chunks with a checksum each, and a marker that says they are all there. */

import { putLong } from '@menagerie/core/jute'
import type { SnapshotInfo, Zxid } from '@menagerie/core/plugin'
import { zxidHex } from '@menagerie/core/plugin'
import { crc32c } from '../database/checksums.js'
import { getLong } from '../database/keys.js'

/** Bytes of a snapshot in a chunk; the last one may have fewer. */
export const CHUNK = 256 * 1024
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

/** The index of a companion's first chunk, behind any that a snapshot has. */
export const COMPANION = 0x8000_0000

/** Bytes in chunks one after another. */
export interface Extent {
  readonly bytes: number
  readonly chunks: number
}

export interface Marker extends Extent {
  readonly zxid: Zxid
  /** Under which running number the chunks are. */
  readonly number: number
  /** Undefined for a snapshot that was written without one. */
  readonly companion?: Extent | undefined
}

/** What a marker's value begins with. */
const FIELDS = 32
/** What follows where there is a companion; else zeros, as all the rest. */
const COMPANION_FIELDS = 16
/** A table's block of its own, so that finding the markers does not read the chunks beside them. */
const MARKER_LENGTH = 4096

export function markerValue({ zxid, number, bytes, chunks, companion }: Marker): Uint8Array {
  const value = new Uint8Array(MARKER_LENGTH)
  putLong(value, 0, number)
  putLong(value, 8, zxid)
  putLong(value, 16, bytes)
  view(value).setUint32(24, chunks)
  view(value).setUint32(28, crc32c(value.subarray(0, 28)))
  if (companion) {
    putLong(value, FIELDS, companion.bytes)
    view(value).setUint32(FIELDS + 8, companion.chunks)
    view(value).setUint32(FIELDS + 12, crc32c(value.subarray(0, FIELDS + 12)))
  }
  return value
}

/** Undefined where it is not what {@link markerValue} made for this number. */
export function readMarker(number: number, value: Uint8Array): Marker | undefined {
  if (value.length < FIELDS || view(value).getUint32(28) !== crc32c(value.subarray(0, 28))) return undefined
  if (getLong(value, 0) !== number) return undefined
  const companion = readCompanion(value)
  if (companion === null) return undefined
  return { number, zxid: getLong(value, 8), bytes: getLong(value, 16), chunks: view(value).getUint32(24), companion }
}

/** Null where the fields are not as they were written. */
function readCompanion(value: Uint8Array): Extent | undefined | null {
  const fields = value.subarray(FIELDS, FIELDS + COMPANION_FIELDS)
  if (fields.every(byte => byte === 0)) return undefined
  if (fields.length < COMPANION_FIELDS) return null
  if (view(fields).getUint32(12) !== crc32c(value.subarray(0, FIELDS + 12))) return null
  return { bytes: getLong(fields, 0), chunks: view(fields).getUint32(8) }
}

export function infoOf({ zxid, bytes }: Marker): SnapshotInfo {
  return { zxid, name: `snapshot.${zxidHex(zxid)}`, bytes }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
