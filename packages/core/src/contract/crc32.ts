/** The test kit of the {@link Crc32} seam. */
import { encodeUtf8 } from '../jute/utf8.js'
import type { Crc32 } from '../seams/crc32.js'
import { expectEqual, type TestFunction } from './harness.js'

const LENGTHS = [0, 1, 7, 8, 9, 60, 255, 256, 257, 319, 320, 321, 511, 512, 1023, 1024, 1025, 4096, 70_000]

/** The tests of every CRC-32. */
export function crc32Contract(test: TestFunction, create: () => Crc32): void {
  test('gives the check value of the standard', async () => {
    expectEqual(create()(encodeUtf8('123456789'), 0, 9, 0), 0xcbf43926, 'CRC-32 of 123456789')
  })

  test('agrees with the definition for every length, and is unsigned', async () => {
    const crc32 = create()
    for (const length of LENGTHS) {
      const bytes = sample(length)
      expectEqual(crc32(bytes, 0, length, 0), byDefinition(bytes), `CRC-32 of ${length} bytes`)
    }
  })

  test('looks only at its range', async () => {
    const crc32 = create()
    for (const length of LENGTHS) {
      // A view that does not begin where its buffer does.
      const bytes = sample(length + 20).subarray(3)
      expectEqual(crc32(bytes, 5, 5 + length, 0), byDefinition(bytes.slice(5, 5 + length)), `${length} bytes within`)
    }
  })

  test('goes on from an earlier part', async () => {
    const crc32 = create()
    for (const length of LENGTHS) {
      const bytes = sample(length)
      for (const cut of [0, length >> 1, length]) {
        const whole = crc32(bytes, cut, length, crc32(bytes, 0, cut, 0))
        expectEqual(whole, byDefinition(bytes), `CRC-32 of ${cut} and ${length - cut} bytes`)
      }
    }
  })
}

function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)
}

function byDefinition(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}
