import { putInt } from '@menagerie/core/jute'
import snappy from 'snappyjs'
import { readInt } from './file-header.js'

/**
 * The framing that snappy-java puts around raw snappy blocks (and Apache around snapshots with it): a
 * 16-byte header (magic, version 1, least compatible version 1), then blocks of up to 32 KiB, each with
 * its compressed length before it as a big-endian integer.
 */
const SNAPPY_HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)
export const SNAPPY_MAGIC_LENGTH = 8
const BLOCK = 32 * 1024
/** Far more than any writer's blocks: a length above is damage. */
const BLOCK_MAX = 64 * 1024 * 1024

/** Compresses chunks of any size into framed blocks of full size; the last may be shorter. */
export async function* compressSnappy(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield SNAPPY_HEADER
  const block = new Uint8Array(BLOCK)
  let length = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const count = Math.min(BLOCK - length, chunk.length - at)
      block.set(chunk.subarray(at, at + count), length)
      length += count
      at += count
      if (length === BLOCK) {
        yield frame(block)
        length = 0
      }
    }
  }
  if (length > 0) yield frame(block.subarray(0, length))
}

function frame(block: Uint8Array): Uint8Array {
  const compressed = snappy.compress(block)
  const framed = new Uint8Array(4 + compressed.length)
  putInt(framed, 0, compressed.length)
  framed.set(compressed, 4)
  return framed
}

/** The reverse. @throws Error for damage */
export async function* uncompressSnappy(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  let inHeader = true
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    if (inHeader) {
      if (rest.length < SNAPPY_HEADER.length) continue
      if (!isSnappy(rest)) throw new Error('the snappy header is damaged')
      at = SNAPPY_HEADER.length
      inHeader = false
    }
    while (rest.length - at >= 4) {
      const length = readInt(rest, at)
      if (length < 1 || length > BLOCK_MAX) throw new Error(`a snappy block has length ${length}`)
      if (rest.length - at - 4 < length) break
      yield snappy.uncompress(rest.subarray(at + 4, at + 4 + length), BLOCK_MAX)
      at += 4 + length
    }
    rest = rest.subarray(at)
  }
  if (inHeader || rest.length > 0) throw new Error('the last snappy block is cut short')
}

export function isSnappy(bytes: Uint8Array): boolean {
  return SNAPPY_HEADER.subarray(0, SNAPPY_MAGIC_LENGTH).every((byte, i) => byte === bytes[i])
}
