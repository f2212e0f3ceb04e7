import { putInt } from '@menagerie/core/jute'

/** What log and snapshot files begin with: magic, version, database id; 16 bytes. */
export const HEADER_LENGTH = 16
export const LOG_MAGIC = 0x5a4b4c47 // ZKLG
export const SNAPSHOT_MAGIC = 0x5a4b534e // ZKSN
const VERSION = 2

/** Apache gives logs the database id 0. */
export function putLogHeader(bytes: Uint8Array, at: number): void {
  putInt(bytes, at, LOG_MAGIC)
  putInt(bytes, at + 4, VERSION)
  bytes.fill(0, at + 8, at + 16)
}

/** Apache gives snapshots the database id -1. */
export function putSnapshotHeader(bytes: Uint8Array, at: number): void {
  putInt(bytes, at, SNAPSHOT_MAGIC)
  putInt(bytes, at + 4, VERSION)
  bytes.fill(0xff, at + 8, at + 16)
}

/**
 * What is wrong with a header, or undefined. The database id is not looked at: no version of Apache has
 * ever compared it.
 */
export function headerFault(bytes: Uint8Array, magic: number): string | undefined {
  const found = readInt(bytes, 0)
  if (found !== magic) return `begins with 0x${hex(found)}, expected 0x${hex(magic)}`
  const version = readInt(bytes, 4)
  if (version !== VERSION) return `has version ${version}, expected ${VERSION}`
  return undefined
}

export function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
