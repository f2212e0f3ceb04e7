import type { LogRecord, Zxid } from '@menagerie/core'
import type { FileHandle, FileSystem } from '../files/file-system.js'
import { HEADER_LENGTH, headerFault, LOG_MAGIC } from '../format/file-header.js'
import { judgeTail, scanFrames } from '../format/log-frames.js'
import { LogDamage, type TornTail } from './log-damage.js'

const CHUNK = 1 << 20

/** How a file ended: where, with which zxid (0: no record), and what followed. */
export interface SegmentEnd {
  readonly end: number
  readonly last: Zxid
  readonly torn?: TornTail
}

/**
 * The records of one log file, in batches. With `limit` (the present file of a running log: how far it is
 * durable) every byte up to there must be sound. Reads one chunk ahead, so that disk and checksums overlap.
 * @throws LogDamage
 */
export async function* readSegment(
  fs: FileSystem,
  path: string,
  limit?: number,
): AsyncGenerator<LogRecord[], SegmentEnd> {
  const file = await fs.open(path, 'read')
  try {
    return yield* readFrames(file, path, limit ?? (await file.size()), limit !== undefined)
  } finally {
    await file.close()
  }
}

async function* readFrames(
  file: FileHandle,
  path: string,
  size: number,
  mustBeSound: boolean,
): AsyncGenerator<LogRecord[], SegmentEnd> {
  if (!(await checkHeader(file, path, size))) {
    return { end: 0, last: 0, torn: size > 0 ? { file: path, offset: 0, bytes: size } : undefined }
  }
  let position = HEADER_LENGTH
  let last: Zxid = 0
  let need = 12
  let ahead: Promise<Chunk> | undefined = readChunk(file, position, CHUNK, size)
  for (;;) {
    const chunk: Chunk = await ahead
    // The next chunk begins where this one ends; the bytes of a record across the two are put before it.
    const more = position + chunk.bytes.length < size
    const records: LogRecord[] = []
    const stop = scanFrames(chunk.bytes, 0, chunk.bytes.length, records)
    position += stop.at
    need = Math.max(CHUNK, stop.needed)
    const goesOn = stop.why === 'more' && more && position + stop.needed <= size
    if (goesOn) ahead = readChunk(file, position, need, size)
    if (records.length > 0) {
      for (const record of records) if (record.zxid > last) last = record.zxid
      yield records
    }
    if (!goesOn) break
  }
  const rest = new Uint8Array(size - position)
  await file.read(rest, rest.length, position)
  const verdict = judgeTail(rest, position, last)
  if (verdict.kind === 'corrupt') throw new LogDamage(path, position, verdict.reason, last)
  if (mustBeSound && position < size) throw new LogDamage(path, position, 'durable records are gone', last)
  if (verdict.kind === 'clean') return { end: position, last }
  return { end: position, last, torn: { file: path, offset: position, bytes: writtenLength(rest) } }
}

interface Chunk {
  readonly bytes: Uint8Array
}

async function readChunk(file: FileHandle, position: number, length: number, size: number): Promise<Chunk> {
  const bytes = new Uint8Array(Math.min(length, size - position))
  const count = await file.read(bytes, bytes.length, position)
  return { bytes: bytes.subarray(0, count) }
}

/**
 * False for a file that a crash left before its header was written: empty, cut within the header, or
 * zeros throughout (ZOOKEEPER-2332).
 */
async function checkHeader(file: FileHandle, path: string, size: number): Promise<boolean> {
  const header = new Uint8Array(HEADER_LENGTH)
  const length = await file.read(header, Math.min(HEADER_LENGTH, size), 0)
  const fault = headerFault(header, LOG_MAGIC)
  if (length === HEADER_LENGTH && fault === undefined) return true
  const rest = new Uint8Array(Math.max(0, size - HEADER_LENGTH))
  await file.read(rest, rest.length, HEADER_LENGTH)
  if (writtenLength(rest) > 0) throw new LogDamage(path, 0, `the file ${fault ?? 'has no header'}, and records follow`)
  if (!isCutHeader(header)) throw new LogDamage(path, 0, `the file ${fault}`)
  return false
}

/** Whether the bytes are the beginning of a log header and zeros after that. */
function isCutHeader(header: Uint8Array): boolean {
  const whole = [0x5a, 0x4b, 0x4c, 0x47, 0, 0, 0, 2]
  const length = writtenLength(header)
  return length <= whole.length && whole.slice(0, length).every((byte, i) => byte === header[i])
}

function writtenLength(bytes: Uint8Array): number {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  return length
}
