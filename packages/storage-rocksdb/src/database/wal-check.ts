/**
 * RocksDB replays its write-ahead logs up to the first record that is not sound, and forgets what follows without a
 * word: right for a write that a crash interrupted, wrong for a record that was acknowledged and has changed since.
 * So before the database is opened, its write-ahead logs are looked through, and damage is reported instead.
 *
 * The format (RocksDB's "Write Ahead Log File Format"): blocks of 32 KB; in each, records of masked CRC-32C (4), length
 * (2), type (1), for types of recycled logs the log's number (4), and the payload. All little endian. The sum covers
 * everything from the type on. What is left of a block and too small for a header is zeros.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MenagerieError } from '@menagerie/core/plugin'
import { crc32c } from './checksums.js'

const BLOCK = 32 * 1024
const CHUNK = 32 * BLOCK
const SECTOR = 512
const HEADER = 7
const RECYCLABLE_HEADER = 11
const RECYCLABLE_TYPES = [5, 6, 7, 8, 11]

/** The first record that is not sound. */
export interface WalEnd {
  readonly file: string
  readonly offset: number
  /** Why it can not be an interrupted write, if it can not. */
  readonly damage?: string
}

/**
 * @returns where a crash has interrupted a write, if anywhere
 * @throws LOG_CORRUPT with file and byte offset where a record is damaged that may have been acknowledged
 */
export async function checkWriteAheadLogs(folder: string): Promise<WalEnd | undefined> {
  let end: WalEnd | undefined
  for (const name of await walNames(folder)) {
    const path = join(folder, name)
    const file = await open(path, 'r').catch(() => undefined)
    // A server that uses the folder has removed it meanwhile; opening will say so.
    if (!file) continue
    try {
      end = await checkFile(file, path, end)
    } finally {
      await file.close()
    }
  }
  if (end?.damage) throw damaged(end, end.damage)
  return end
}

/** Names such as 000012.log, oldest first. */
async function walNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter(name => /^\d+\.log$/.test(name)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
}

async function checkFile(file: FileHandle, path: string, earlier: WalEnd | undefined): Promise<WalEnd | undefined> {
  let end = earlier
  const bytes = new Uint8Array(CHUNK)
  for (let position = 0; ; position += CHUNK) {
    const length = await fill(file, bytes, position)
    for (let block = 0; block < length; block += BLOCK) {
      const found = checkBlock(bytes.subarray(block, Math.min(block + BLOCK, length)), end !== undefined)
      if (found.soundAfterEnd && end) throw damaged(end, 'a sound record follows')
      if (found.end) {
        end ??= { file: path, offset: position + block + found.end.offset, damage: found.end.damage }
        if (found.soundAfterEnd) throw damaged(end, 'a sound record follows')
      }
    }
    if (length < CHUNK) return end
  }
}

interface BlockResult {
  readonly end?: { readonly offset: number; readonly damage?: string }
  readonly soundAfterEnd: boolean
}

/** @param ended a record before this block is not sound: any sound one is damage's proof */
function checkBlock(block: Uint8Array, ended: boolean): BlockResult {
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  let end: BlockResult['end']
  let at = 0
  while (at + HEADER <= block.length) {
    const length = view.getUint16(at + 4, true)
    const type = block[at + 6]
    if (length === 0 && type === 0) {
      // Zeros up to the end of the file are what a crash leaves of a write that never came to the medium.
      end ??= { offset: at }
      return { end, soundAfterEnd: false }
    }
    const total = length + (RECYCLABLE_TYPES.includes(type) ? RECYCLABLE_HEADER : HEADER)
    const whole = at + total <= block.length
    if (whole && unmask(view.getUint32(at, true)) === crc32c(block.subarray(at + 6, at + total))) {
      if (ended || end) return { end, soundAfterEnd: true }
    } else {
      end ??= { offset: at, damage: whole ? wholeDamage(block.subarray(at, at + total)) : undefined }
      if (!whole) return { end, soundAfterEnd: false }
    }
    at += total
  }
  const rest = block.subarray(at)
  // Less than a header in the last block is a write that was cut; elsewhere it is filling.
  if (!end && rest.length > 0 && block.length < BLOCK) end = { offset: at }
  return { end, soundAfterEnd: false }
}

/** A record that is there to its end, with something in each sector, was written as a whole. */
function wholeDamage(record: Uint8Array): string | undefined {
  for (let at = 0; at < record.length; at += SECTOR) {
    if (record.subarray(at, at + SECTOR).every(byte => byte === 0)) return undefined
  }
  return 'its checksum does not match'
}

const unmask = (masked: number): number => {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

async function fill(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

function damaged({ file, offset }: WalEnd, reason: string): MenagerieError {
  return new MenagerieError('LOG_CORRUPT', `${file} is damaged at byte ${offset}: ${reason}`)
}
