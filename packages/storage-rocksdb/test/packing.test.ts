/** Blocks of the log that are stored compressed, and what is made of damage to them. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { LogRecord, Zxid } from '@menagerie/core'
import t, { type Test } from 'tap'
import { pack, unpack } from '../dist/database/packing.js'
import { bareDatabase, rocksLog, temporaryFolder } from './support/media.js'

t.setTimeout(300_000)

const HEADER = 8
const FORMAT = Buffer.from('\0\0\0\0\0\0\0\0format', 'latin1')

/** A value as the log has them: a position, of which the first byte is 0, and `rest`. */
const blockOf = (rest: Buffer): Buffer => Buffer.concat([Buffer.from('0000000000abcdef', 'hex'), rest])
const repetitive = (length: number): Buffer => Buffer.alloc(length, '{"owner":"one","state":"ready"},')

t.test('a long value that repeats itself becomes shorter, and comes back as it was', async t => {
  for (const length of [8 * 1024, 33 * 1024, 1024 * 1024 + 7]) {
    const value = blockOf(repetitive(length))
    const packed = Buffer.from(pack(value, HEADER))
    t.ok(packed.length < value.length / 4, `${value.length} bytes became ${packed.length}`)
    t.strictSame(packed.subarray(1, HEADER), value.subarray(1, HEADER), 'the header can be read without unpacking')
    t.ok(unpack(packed, HEADER)?.equals(value))
  }
})

t.test('what is short, or does not become shorter, is left as it is', async t => {
  for (const rest of [Buffer.alloc(0), repetitive(8 * 1024 - 1), randomBytes(8 * 1024), randomBytes(200 * 1024)]) {
    const value = blockOf(rest)
    t.equal(pack(value, HEADER), value)
    t.equal(unpack(value, HEADER), value)
  }
  const late = blockOf(Buffer.concat([repetitive(8 * 1024), randomBytes(500 * 1024)]))
  t.equal(pack(late, HEADER), late, 'nor is what only begins as if it did')
})

t.test('what packing does not make is not unpacked', async t => {
  const packed = Buffer.from(pack(blockOf(repetitive(64 * 1024)), HEADER))
  const changed = (change: (bytes: Buffer) => unknown): Buffer => {
    const bytes = Buffer.from(packed)
    change(bytes)
    return bytes
  }
  t.equal(
    unpack(
      changed(bytes => bytes.writeUInt8(2, 0)),
      HEADER,
    ),
    undefined,
    'of a kind that is not known',
  )
  t.equal(
    unpack(
      changed(bytes => bytes.writeUInt32LE(0xffff_ffff, HEADER)),
      HEADER,
    ),
    undefined,
    'too long to be true',
  )
  t.equal(
    unpack(
      changed(bytes => bytes.writeUInt32LE(1000, HEADER)),
      HEADER,
    ),
    undefined,
    'longer than it says',
  )
  t.equal(unpack(packed.subarray(0, HEADER + 3), HEADER), undefined, 'shorter than the length itself')
  t.equal(unpack(packed.subarray(0, packed.length - 20), HEADER), undefined, 'cut off')
})

/** Records of 1 KB that compress well. */
const records = (from: Zxid, to: Zxid): LogRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ zxid: from + i, bytes: repetitive(1000 + ((from + i) % 50)) }))

async function written(t: Test, all: readonly LogRecord[]): Promise<string> {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = join(folder.path, 'db')
  const log = rocksLog(path)
  await log.open()
  for (const record of all) log.append(record)
  await log.sync()
  await log.close()
  return path
}

async function readFrom(path: string, from: Zxid): Promise<LogRecord[]> {
  const log = rocksLog(path)
  await log.open()
  const found: LogRecord[] = []
  for await (const batch of log.read(from))
    found.push(...batch.map(({ zxid, bytes }) => ({ zxid, bytes: Buffer.from(bytes) })))
  await log.close()
  return found
}

t.test('a log of compressed blocks is read from any zxid, cut at any zxid, and goes on', async t => {
  const all = records(1, 3000)
  const path = await written(t, all)
  const log = rocksLog(path)
  t.equal(await log.open(), 3000)
  const size = await log.size()
  t.ok(size > 3000 * 1000, 'its size is that of the records')
  await log.truncateAfter(1777)
  t.ok((await log.size()) < size)
  for (const record of records(1778, 2000)) log.append(record)
  await log.sync()
  await log.close()
  for (const from of [1, 900, 1777, 1778, 2000]) t.strictSame(await readFrom(path, from), all.slice(from - 1, 2000))
  const database = await bareDatabase(join(path, 'log'))
  const iterator = database.iterator({ gte: Buffer.from('0000000000000001', 'hex') })
  const entries = await iterator.nextv(100)
  await iterator.close()
  await database.close()
  const stored = entries.reduce((sum, [, value]) => sum + value.length, 0)
  t.ok(stored < (2000 * 1000) / 4, `2000 records of 1 KB take ${stored} bytes`)
})

t.test('a log of format 2, whose blocks are never compressed, is read, continued and marked as format 3', async t => {
  const old = records(1, 5)
  const path = await written(t, old)
  const database = await bareDatabase(join(path, 'log'))
  await database.batch().put(FORMAT, Buffer.from('2')).write({ sync: true })
  await database.close()
  const log = rocksLog(path)
  t.equal(await log.open(), 5)
  for (const record of records(6, 500)) log.append(record)
  await log.sync()
  await log.close()
  t.strictSame(await readFrom(path, 3), records(3, 500))
  const again = await bareDatabase(join(path, 'log'))
  const iterator = again.iterator({ gte: FORMAT, lte: FORMAT })
  t.equal((await iterator.nextv(1))[0]?.[1].toString(), '3', 'so that an earlier version leaves it alone')
  await iterator.close()
  await again.close()
})

t.test('a compressed block that is not what was written is LOG_CORRUPT', async t => {
  const path = await written(t, records(1, 500))
  const key = Buffer.from('0000000000000001', 'hex')
  const database = await bareDatabase(join(path, 'log'))
  const iterator = database.iterator({ gte: key, lte: key })
  const value = Buffer.from((await iterator.nextv(1))[0]![1])
  await iterator.close()
  t.equal(value[0], 1, 'it is compressed')
  await database
    .batch()
    .put(key, value.subarray(0, value.length - 20))
    .write({ sync: true })
  await database.close()
  await t.rejects(rocksLog(path).open(), { code: 'LOG_CORRUPT', message: /the records from 0x1 on in .* are damaged/ })
})
