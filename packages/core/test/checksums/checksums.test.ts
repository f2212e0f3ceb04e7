import { readFile } from 'node:fs/promises'
import zlib from 'node:zlib'
import { adler32, crc32 } from '@menagerie/core'
import t from 'tap'
import { sumBytes } from '../../dist/checksums/adler32.js'
import { Seeded } from '../seeded.js'

/** Adler-32 by its definition, since Node offers none. */
function plainAdler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return b * 65536 + a
}

/** What zlib appends to a stream: Adler-32 of the input. */
function zlibAdler32(bytes: Uint8Array): number {
  return zlib.deflateSync(bytes).subarray(-4).readUInt32BE()
}

/** What gzip appends: CRC-32 of the input, then its length. */
function gzipCrc32(bytes: Uint8Array): number {
  return zlib.gzipSync(bytes).subarray(-8).readUInt32LE()
}

t.test('both agree with zlib over every length up to 70 and some long ones', async t => {
  const random = new Seeded(1)
  const lengths = [
    ...Array(71).keys(),
    1023,
    1024,
    1025,
    1087,
    1088,
    1089,
    5551,
    5552,
    5553,
    11_104,
    65_536,
    70_000,
    300_001,
  ]
  for (const length of lengths) {
    for (const bytes of [random.bytes(length), new Uint8Array(length).fill(255)]) {
      if (adler32(bytes, 0, length) !== zlibAdler32(bytes)) t.fail(`Adler-32 of ${length} bytes`)
      if (adler32(bytes, 0, length) !== plainAdler32(bytes)) t.fail(`Adler-32 of ${length} bytes by definition`)
      if (crc32(bytes, 0, length) !== gzipCrc32(bytes)) t.fail(`CRC-32 of ${length} bytes`)
    }
  }
})

t.test('both go on from an earlier part, and look only at their range', async t => {
  const random = new Seeded(2)
  for (let i = 0; i < 500; i++) {
    const bytes = random.bytes(1 + random.below(i % 5 === 0 ? 9000 : 200))
    const start = random.below(bytes.length)
    const end = start + random.below(bytes.length - start + 1)
    const cut = start + random.below(end - start + 1)
    const part = bytes.slice(start, end)
    if (adler32(bytes, cut, end, adler32(bytes, start, cut)) !== zlibAdler32(part)) t.fail('Adler-32 in two parts')
    if (crc32(bytes, cut, end, crc32(bytes, start, cut)) !== gzipCrc32(part)) t.fail('CRC-32 in two parts')
  }
})

t.test('sums are the same without vectors', async t => {
  const random = new Seeded(3)
  for (let length = 0; length < 20_000; length += length < 300 ? 1 : 397) {
    const bytes = random.bytes(length)
    if (sumBytes(bytes, 0, length, 1) !== adler32(bytes, 0, length)) t.fail(`Adler-32 of ${length} bytes`)
  }
})

t.test('the assembled module is that of its source', async t => {
  const script = new URL('../../../../scripts/build-adler32.mjs', import.meta.url).href
  const { adler32Module } = (await import(script)) as { adler32Module(): Promise<string> }
  const made = await readFile(new URL('../../src/checksums/adler32-module.ts', import.meta.url), 'utf8')
  t.equal(made, await adler32Module())
})
