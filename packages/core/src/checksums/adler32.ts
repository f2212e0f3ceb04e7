/** Adler-32 (RFC 1950, as java.util.zip.Adler32): the checksum of log records and snapshots. */
const MOD = 65521
/** The most bytes that may be summed before the sums pass 2^32. */
const RUN = 5552
/** From here on a view of 32-bit words pays for itself. */
const WORDS_FROM = 1024

/** Continues `adler` (1 to start) over `bytes[start, end)`; the result is unsigned. */
export function adler32(bytes: Uint8Array, start: number, end: number, adler = 1): number {
  const rest = start + ((end - start) & (BLOCK - 1))
  if (end - start >= WORDS_FROM) return sumBlocks(bytes, rest, end, sumBytes(bytes, start, rest, adler))
  return sumBytes(bytes, start, end, adler)
}

function sumBytes(bytes: Uint8Array, start: number, end: number, adler: number): number {
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

/** Bytes that are summed word by word before the sums are taken out of their halves: 16 words keep these below 2^16. */
const BLOCK = 64
/** Blocks before the sums are reduced: far below what the number could hold. */
const BLOCKS = 1024

/**
 * Whole blocks, four bytes at a time: each 32-bit word is split into its even and its odd bytes, two in one number,
 * 16 bits apart. `even` and `odd` gather those; `evenBefore` and `oddBefore` what these were before each word, which
 * is how often a byte counts in the second sum but for its place within its word.
 */
function sumBlocks(bytes: Uint8Array, start: number, end: number, adler: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let a = adler & 0xffff
  let b = adler >>> 16
  let untilReduced = BLOCKS
  for (let i = start; i < end; ) {
    let even = 0
    let odd = 0
    let evenBefore = 0
    let oddBefore = 0
    for (const stop = i + BLOCK; i < stop; i += 4) {
      const word = view.getInt32(i, true)
      evenBefore += even
      oddBefore += odd
      even += word & 0xff00ff
      odd += (word >>> 8) & 0xff00ff
    }
    const c0 = even & 0xffff
    const c1 = odd & 0xffff
    const c2 = even >>> 16
    const c3 = odd >>> 16
    const before = (evenBefore & 0xffff) + (evenBefore >>> 16) + (oddBefore & 0xffff) + (oddBefore >>> 16)
    b += BLOCK * a + 4 * before + 4 * c0 + 3 * c1 + 2 * c2 + c3
    a += c0 + c1 + c2 + c3
    if (--untilReduced > 0) continue
    a %= MOD
    b %= MOD
    untilReduced = BLOCKS
  }
  return (((b % MOD) << 16) | (a % MOD)) >>> 0
}
