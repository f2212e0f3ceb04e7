/**
 * Packed values: what follows a header that stays as it is, compressed with LZ4 where that pays.
 *
 * RocksDB writes every value twice, into its write-ahead log and into a table, and copies it some times more. What is
 * compressed before it gets there is smaller on all these ways. Its own compression covers tables alone at a price that is
 * paid for each, or the write-ahead log in pieces of 32 KB.
 *
 * The first byte of the header says how the rest is kept: {@link PLAIN}, as if packing did not exist, or {@link LZ4}, which
 * is the length of what was compressed (4, little endian) and one LZ4 block.
 */
import { createRequire } from 'node:module'

// Required for the reason that checksums.ts has.
const { compressSync, uncompressSync } = createRequire(import.meta.url)('lz4-napi') as typeof import('lz4-napi')

const PLAIN = 0
const LZ4 = 1

/** A value with less behind its header costs about the same either way. */
const PACKED_MIN = 8 * 1024
/** How much of a long value is tried first: what does not compress is not to cost the time of trying. */
const SAMPLE = 8 * 1024
/** LZ4 makes no byte into more than this many. */
const RATIO_MAX = 255
const LENGTH = 4

/** @param header bytes at the front that stay, of which the first is 0 */
export function pack(value: Uint8Array, header: number): Uint8Array {
  const rest = bufferOf(value).subarray(header)
  if (rest.length < PACKED_MIN) return value
  if (rest.length > 4 * SAMPLE && !pays(compressSync(rest.subarray(0, SAMPLE)), SAMPLE)) return value
  const compressed = compressSync(rest)
  if (!pays(compressed, rest.length)) return value
  const packed = Buffer.allocUnsafe(header + compressed.length)
  packed.set(value.subarray(0, header))
  packed.set(compressed, header)
  packed[0] = LZ4
  return packed
}

/** The value as {@link pack} was given it, perhaps the same array; undefined where this is nothing that it makes. */
export function unpack(value: Buffer, header: number): Buffer | undefined {
  if (value.length < header || value[0] === PLAIN) return value
  const compressed = value.subarray(header)
  // Nobody is to be made to allocate 4 GB by a length that is damaged.
  if (value[0] !== LZ4 || compressed.length < LENGTH) return undefined
  const length = compressed.readUInt32LE(0)
  if (length > compressed.length * RATIO_MAX) return undefined
  const whole = Buffer.allocUnsafeSlow(header + length)
  try {
    whole.set(uncompressSync(compressed), header)
  } catch {
    return undefined
  }
  whole.set(value.subarray(0, header))
  whole[0] = PLAIN
  return whole
}

/** An eighth less, or it is not worth the time that reading takes. */
const pays = (compressed: Uint8Array, length: number): boolean => compressed.length < length - length / 8

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
