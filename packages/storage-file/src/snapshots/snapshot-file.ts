import { adler32, invariant, MenagerieError, type SnapshotSource } from '@menagerie/core'
import type { FileHandle, FileSystem } from '../files/file-system.js'
import { HEADER_LENGTH, headerFault, putSnapshotHeader, readInt, SNAPSHOT_MAGIC } from '../format/file-header.js'
import type { Compression } from '../format/file-names.js'
import { isSnappy, SNAPPY_MAGIC_LENGTH } from '../format/snappy-framing.js'
import { isLayout, makeSeal, SEAL_LENGTH, SealRemover } from '../format/snapshot-seals.js'
import { uncompress } from './compression.js'

const CHUNK = 1 << 20
/**
 * Flushing in portions keeps one long flush at the end from delaying the log's: beside flushes of 16 MB those of a log
 * on the same disk were seen to take 25 to 40 ms, beside such of 4 MB 8 ms; of 1 MB, they came so often that p99 rose.
 */
const SYNC_EVERY = 4 << 20

/** A snapshot as the file has it: header, and each section with its seal. */
export async function* sealedBytes(source: SnapshotSource): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(HEADER_LENGTH)
  putSnapshotHeader(header, 0)
  let adler = adler32(header, 0, HEADER_LENGTH)
  yield header
  for await (const chunk of source.body) {
    adler = adler32(chunk, 0, chunk.length, adler)
    yield chunk
  }
  let seal = makeSeal(adler)
  const sections = source.trailers()
  const lengths = sections.map(section => section.length)
  invariant(isLayout(lengths), `trailing sections of ${lengths.join(' and ')} bytes`)
  for (const section of sections) {
    // The sum goes on over the seal itself.
    adler = adler32(seal, 0, SEAL_LENGTH, adler)
    adler = adler32(section, 0, section.length, adler)
    yield seal
    yield section
    seal = makeSeal(adler)
  }
  yield seal
}

/**
 * As many are written while the next one fills: where a thread has much to do, each trip to the disk and back waits for
 * its turn, and takes many times what the disk takes.
 */
const BUFFERS = 4

/** Writes chunks one after another and makes them durable. */
export async function writeChunks(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const buffers = Array.from({ length: BUFFERS }, () => ({ bytes: NO_BYTES, written: Promise.resolve() }))
  let filling = 0
  let length = 0
  let position = 0
  let unsynced = 0
  let syncing = Promise.resolve()
  /** The buffer goes on its way, and the next one is to be filled once what it held before is written. */
  const flush = async (): Promise<void> => {
    const full = buffers[filling]
    full.written = file.write(full.bytes, 0, length, position)
    full.written.catch(() => {}) // met by who waits for it
    position += length
    unsynced += length
    length = 0
    if (unsynced >= SYNC_EVERY) {
      await syncing
      unsynced = 0
      syncing = Promise.all(buffers.map(({ written }) => written)).then(() => file.sync())
      syncing.catch(() => {}) // met by the next one, or at the end
    }
    filling = (filling + 1) % BUFFERS
    await buffers[filling].written
  }
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const buffer = buffers[filling]
        if (buffer.bytes.length === 0) buffer.bytes = new Uint8Array(CHUNK)
        const count = Math.min(CHUNK - length, chunk.length - at)
        buffer.bytes.set(chunk.subarray(at, at + count), length)
        length += count
        at += count
        if (length === CHUNK) await flush()
      }
    }
    if (length > 0) await flush()
    for (const { written } of buffers) await written
    await syncing
  } finally {
    // The file is closed next: nothing of it may be under way.
    await Promise.allSettled([syncing, ...buffers.map(({ written }) => written)])
  }
  await file.sync()
  return position
}

const NO_BYTES = new Uint8Array(0)

/** Body and trailing sections of a snapshot file, checked. @throws SNAPSHOT_CORRUPT */
export async function* readSnapshot(
  fs: FileSystem,
  path: string,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const file = await fs.open(path, 'read')
  try {
    yield* unsealedBytes(uncompress(fileChunks(file), compression), path)
  } finally {
    await file.close()
  }
}

/**
 * Body and trailing sections of the bytes of a snapshot file, uncompressed, checked. `name`: whose they are, for
 * messages. @throws SNAPSHOT_CORRUPT, also where `chunks` throws
 */
export async function* unsealedBytes(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const corrupt = (offset: number, reason: string, cause?: unknown): MenagerieError =>
    new MenagerieError('SNAPSHOT_CORRUPT', `${name} is damaged at byte ${offset}: ${reason}`, { cause })
  let offset = 0
  let reading = true
  try {
    let header: Uint8Array = new Uint8Array(0)
    let seals: SealRemover | undefined
    const iterator = chunks[Symbol.asyncIterator]()
    try {
      for (;;) {
        reading = true
        const { done, value } = await iterator.next()
        reading = false
        if (done) break
        let chunk = value
        offset += chunk.length
        if (!seals) {
          header = Buffer.concat([header, chunk])
          if (header.length < HEADER_LENGTH) continue
          const fault = headerFault(header, SNAPSHOT_MAGIC)
          if (fault) throw corrupt(0, `it ${fault}`)
          chunk = header.subarray(HEADER_LENGTH)
          seals = new SealRemover(header.subarray(0, HEADER_LENGTH))
        }
        for (const part of seals.push(chunk)) yield part
      }
    } finally {
      if (!reading) await iterator.return?.()
    }
    const rest = seals ? seals.finish() : { offset, reason: 'it is shorter than its header' }
    if (!Array.isArray(rest)) throw corrupt(rest.offset, rest.reason)
    yield* rest
  } catch (error) {
    if (error instanceof MenagerieError || !reading) throw error
    throw corrupt(offset, `it can not be read on: ${(error as Error).message}`, error)
  }
}

async function* fileChunks(file: FileHandle): AsyncGenerator<Uint8Array> {
  const size = await file.size()
  let position = 0
  const next = async (): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.min(CHUNK, size - position))
    const count = await file.read(bytes, bytes.length, position)
    position += count
    return count === bytes.length ? bytes : bytes.subarray(0, count)
  }
  let ahead = next()
  for (;;) {
    const chunk = await ahead
    if (chunk.length === 0) return
    ahead = next()
    ahead.catch(() => {}) // met by the next await, if there is one
    yield chunk
  }
}

/**
 * Whether a file may be a whole snapshot, without reading all of it: a plain one has to end with a seal;
 * of a compressed one only the beginning can be judged, so an incomplete one shows when it is read.
 */
export async function looksComplete(
  fs: FileSystem,
  path: string,
  compression: Compression,
): Promise<number | undefined> {
  const file = await fs.open(path, 'read')
  try {
    const size = await file.size()
    const start = new Uint8Array(HEADER_LENGTH)
    if ((await file.read(start, HEADER_LENGTH, 0)) < SNAPPY_MAGIC_LENGTH) return undefined
    if (compression === 'gz') return start[0] === 0x1f && start[1] === 0x8b ? size : undefined
    if (compression === 'snappy') return isSnappy(start) ? size : undefined
    if (size < HEADER_LENGTH + SEAL_LENGTH || headerFault(start, SNAPSHOT_MAGIC)) return undefined
    const end = new Uint8Array(5)
    await file.read(end, 5, size - 5)
    return readInt(end, 0) === 1 && end[4] === 0x2f ? size : undefined
  } finally {
    await file.close()
  }
}
