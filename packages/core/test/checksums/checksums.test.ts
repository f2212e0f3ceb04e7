import { readFile } from 'node:fs/promises'
import zlib from 'node:zlib'
import { adler32, crc32 } from '@menagerie/core'
import t from 'tap'
import { sumBytes } from '../../dist/checksums/adler32.js'
import { DigestCalculator } from '../../dist/tree/tree-digest.js'
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

/** A znode as snapshots hold it, at a random place: path, its length, data, ACL id and stat. */
function znodeAt(random: Seeded, pathLength: number, dataLength: number) {
  const pathStart = random.below(50)
  const dataStart = pathStart + pathLength + 4
  const statStart = dataStart + dataLength + 8
  const bytes = random.bytes(statStart + 60 + random.below(9))
  bytes[pathStart] = 0x78
  return { bytes, pathStart, pathEnd: pathStart + pathLength, dataStart, dataEnd: dataStart + dataLength, statStart }
}

t.test('digests of znodes in a snapshot are the same, whether their bytes were announced or not', async t => {
  const random = new Seeded(4)
  const announced = new DigestCalculator()
  const plain = new DigestCalculator()
  const lengths = [...Array(40).keys(), 1023, 1024, 1025, 70_000, 300_000, 5_000_000, 10]
  for (const [n, length] of lengths.entries()) {
    for (const [pathLength, dataLength] of [
      [1 + (n % 23), length],
      [length === 5_000_000 ? 9 : length + 1, n % 5],
    ]) {
      const { bytes, pathStart, pathEnd, dataStart, dataEnd, statStart } = znodeAt(random, pathLength, dataLength)
      const digestBy = (calculator: DigestCalculator) =>
        calculator.snapshotDigest(bytes, pathStart, pathEnd, dataStart, dataEnd, statStart)
      const expected = digestBy(plain)
      const what = `a path of ${pathLength} and data of ${dataLength} bytes`
      if (digestBy(announced) !== expected) t.fail(`${what}, of an array that was not announced`)
      announced.beginSnapshotBytes(bytes, statStart + 60)
      if (digestBy(announced) !== expected) t.fail(what)
      bytes[dataStart - 5] ^= 1
      announced.beginSnapshotBytes(bytes, statStart + 60)
      if (digestBy(announced) !== digestBy(plain)) t.fail(`${what}, changed and announced again`)
      if (digestBy(plain) === expected) t.fail(`${what}, with another path`)
      if (n % 7 === 0) announced.endSnapshotBytes()
    }
  }
})

t.test('the assembled modules are those of their sources', async t => {
  const script = new URL('../../../../scripts/build-checksums.mjs', import.meta.url).href
  const { CHECKSUMS, checksumModule } = (await import(script)) as {
    CHECKSUMS: string[]
    checksumModule(name: string): Promise<string>
  }
  for (const name of CHECKSUMS) {
    const made = await readFile(new URL(`../../src/checksums/${name}-module.ts`, import.meta.url), 'utf8')
    t.equal(made, await checksumModule(name))
  }
})
