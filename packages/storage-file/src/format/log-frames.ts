import { adler32, type LogRecord, type Zxid } from '@menagerie/core'
import { putInt } from '@menagerie/core/jute'
import { readInt } from './file-header.js'

/**
 * How a record stands in a log file: Adler-32 of its bytes (8 bytes, the upper four zero), their number
 * (4), the bytes, and the letter B as the mark of its end. Zeros follow the last record.
 */
export const FRAME_OVERHEAD = 13
const END_MARK = 0x42
/** A transaction's header alone has this many bytes; no record is shorter. */
export const RECORD_MIN = 32
const ZXID_AT = 12
const TWO_32 = 0x1_0000_0000

/** Writes the frame of `record` at `at` and returns the offset after it. */
export function putFrame(target: Uint8Array, at: number, record: Uint8Array): number {
  const end = at + 12 + record.length
  putInt(target, at, 0)
  putInt(target, at + 4, adler32(record, 0, record.length))
  putInt(target, at + 8, record.length)
  target.set(record, at + 12)
  target[end] = END_MARK
  return end + 1
}

/** Where a scan stopped, and why. */
export interface ScanStop {
  /** Offset of the first byte that is not part of a good record. */
  readonly at: number
  /** `more`: the bytes end within the record at `at`. `zeros`: no record begins there. `bad`: one is damaged. */
  readonly why: 'more' | 'zeros' | 'bad'
  /** For `more`: bytes that the record needs in all, from `at`. */
  readonly needed: number
}

/**
 * Appends the good records of `bytes[start, end)` to `records`, as views. Stops before the first that
 * is not there as a whole and sound.
 */
export function scanFrames(bytes: Uint8Array, start: number, end: number, records: LogRecord[]): ScanStop {
  let at = start
  for (;;) {
    if (end - at < 12) return { at, why: 'more', needed: 12 }
    const length = readInt(bytes, at + 8)
    if (length === 0 && readInt(bytes, at) === 0 && readInt(bytes, at + 4) === 0) return { at, why: 'zeros', needed: 0 }
    if (length < RECORD_MIN || readInt(bytes, at) !== 0) return { at, why: 'bad', needed: 0 }
    const next = at + FRAME_OVERHEAD + length
    if (next > end) return { at, why: 'more', needed: next - at }
    if (!isSound(bytes, at, length)) return { at, why: 'bad', needed: 0 }
    records.push({ zxid: zxidAt(bytes, at), bytes: bytes.subarray(at + 12, next - 1) })
    at = next
  }
}

/** What the bytes after the last good record of a file are. */
export type TailVerdict =
  | { readonly kind: 'clean' }
  /** What an interrupted write leaves: the record there was never acknowledged to anyone. */
  | { readonly kind: 'torn' }
  /** Bytes that were written as a whole and have changed since. */
  | { readonly kind: 'corrupt'; readonly reason: string }

/** Storage writes whole sectors: after a crash, each holds its old bytes (zeros here) or its new ones. */
const SECTOR = 512

/**
 * Judges `rest`, the file's bytes from `position` (the end of the last good record, whose zxid is `last`)
 * to its end. See DESIGN.md for the rule and the reasons.
 */
export function judgeTail(rest: Uint8Array, position: number, last: Zxid): TailVerdict {
  const written = writtenLength(rest)
  if (written === 0) return { kind: 'clean' }
  const length = rest.length < 12 ? 0 : readInt(rest, 8)
  const stated = length >= RECORD_MIN && readInt(rest, 0) === 0 ? FRAME_OVERHEAD + length : 0
  const later = findRecord(rest, stated > 0 && rest[stated - 1] === END_MARK ? stated : 1, written, last)
  if (later !== undefined) {
    return { kind: 'corrupt', reason: `the record there is damaged, a sound one follows at byte ${position + later}` }
  }
  if (rest.length >= 12 && (readInt(rest, 0) !== 0 || length < 0 || (length > 0 && length < RECORD_MIN))) {
    return { kind: 'corrupt', reason: `no record begins with these bytes (length ${length})` }
  }
  if (stated > 0 && stated <= rest.length && rest[stated - 1] !== 0 && !lacksSector(rest, stated, position)) {
    return { kind: 'corrupt', reason: `the checksum of the last record, ${length} bytes, does not match` }
  }
  if (written > 12 && adler32(rest, 12, written - 1) === readInt(rest, 4) >>> 0 && rest[written - 1] === END_MARK) {
    return {
      kind: 'corrupt',
      reason: `the length of the last record is ${length}, expected ${written - FRAME_OVERHEAD}`,
    }
  }
  return { kind: 'torn' }
}

const ZEROS = Buffer.alloc(64 * 1024)

/** The length without the zeros at the end. A new log file has tens of millions of them. */
function writtenLength(rest: Uint8Array): number {
  let end = rest.length
  while (end >= ZEROS.length && ZEROS.equals(rest.subarray(end - ZEROS.length, end))) end -= ZEROS.length
  while (end > 0 && rest[end - 1] === 0) end--
  return end
}

/** Whether some sector's share of the record is all zeros, that is: was never written. */
function lacksSector(rest: Uint8Array, length: number, position: number): boolean {
  let at = 0
  while (at < length) {
    const end = Math.min(length, at + SECTOR - ((position + at) % SECTOR))
    if (rest.subarray(at, end).every(byte => byte === 0)) return true
    at = end
  }
  return false
}

/** Offset of the first sound record with a zxid above `last` in `rest[from, written)`. */
function findRecord(rest: Uint8Array, from: number, written: number, last: Zxid): number | undefined {
  for (let at = from; at + FRAME_OVERHEAD + RECORD_MIN <= written; at++) {
    if (readInt(rest, at) !== 0) continue
    const length = readInt(rest, at + 8)
    if (length < RECORD_MIN || at + FRAME_OVERHEAD + length > written) continue
    if (isSound(rest, at, length) && zxidAt(rest, at) > last) return at
  }
  return undefined
}

function isSound(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + 12 + length
  return bytes[end] === END_MARK && adler32(bytes, at + 12, end) === readInt(bytes, at + 4) >>> 0
}

/** The zxid in a record's header. */
export function zxidOf(record: Uint8Array): Zxid {
  return readInt(record, ZXID_AT) * TWO_32 + (readInt(record, ZXID_AT + 4) >>> 0)
}

function zxidAt(bytes: Uint8Array, at: number): Zxid {
  const field = at + 12 + ZXID_AT
  return readInt(bytes, field) * TWO_32 + (readInt(bytes, field + 4) >>> 0)
}
