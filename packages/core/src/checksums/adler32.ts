import { ADLER32_MODULE } from './adler32-module.js'
import { instantiate, type ModuleMemory } from './web-assembly.js'

/** Adler-32 (RFC 1950, as java.util.zip.Adler32): the checksum of log records and snapshots. */
const MOD = 65521
/** The most bytes that may be summed before the sums pass 2^32. */
const RUN = 5552
/** From here on it is quicker to copy the bytes to where they are summed sixteen at a time. */
const VECTORS_FROM = 128

interface Vectors {
  readonly memory: ModuleMemory
  adler(start: number, length: number, adler: number): number
}

const vectors = instantiate<Vectors>(ADLER32_MODULE)
const scratch = vectors === undefined ? new Uint8Array(0) : new Uint8Array(vectors.memory.buffer)

/** Continues `adler` (1 to start) over `bytes[start, end)`; the result is unsigned. */
export function adler32(bytes: Uint8Array, start: number, end: number, adler = 1): number {
  if (vectors === undefined || end - start < VECTORS_FROM) return sumBytes(bytes, start, end, adler)
  let sums = adler
  for (let at = start; at < end; at += scratch.length) {
    const stop = Math.min(at + scratch.length, end)
    scratch.set(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    sums = vectors.adler(0, stop - at, sums)
  }
  return sums >>> 0
}

/** Byte by byte: what is short, and everything without vectors. */
export function sumBytes(bytes: Uint8Array, start: number, end: number, adler: number): number {
  let a = adler & 0xffff
  let b = adler >>> 16
  let i = start
  while (i < end) {
    const stop = Math.min(i + RUN, end)
    const blocks = stop - ((stop - i) & 7)
    while (i < blocks) {
      const c0 = bytes[i]
      const c1 = bytes[i + 1]
      const c2 = bytes[i + 2]
      const c3 = bytes[i + 3]
      const c4 = bytes[i + 4]
      const c5 = bytes[i + 5]
      const c6 = bytes[i + 6]
      const c7 = bytes[i + 7]
      b += 8 * a + 8 * c0 + 7 * c1 + 6 * c2 + 5 * c3 + 4 * c4 + 3 * c5 + 2 * c6 + c7
      a += c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7
      i += 8
    }
    while (i < stop) {
      a += bytes[i++]
      b += a
    }
    a %= MOD
    b %= MOD
  }
  return ((b << 16) | a) >>> 0
}
