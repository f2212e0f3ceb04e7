/** Damage and failures that the kits can not make. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { record } from '@menagerie/core/contract'
import { RocksDatabase, RocksLog, RocksSnapshotter } from '@menagerie/storage-rocksdb'
import t, { type Test } from 'tap'
import { chunkKey, markerKey } from '../dist/database/keys.js'
import { CHUNK_HEADER, markerValue, sealChunk } from '../dist/snapshots/snapshot-entries.js'
import { bareDatabase, options, rocksLog, rocksSnapshotter, temporaryFolder } from './support/media.js'

t.setTimeout(300_000)

function folderOf(t: Test): string {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  return join(folder.path, 'db')
}

async function readAll(log: RocksLog): Promise<number> {
  let count = 0
  for await (const records of log.read(0)) count += records.length
  return count
}

t.test('a changed byte in a table file gives LOG_CORRUPT with file and offset', async t => {
  const path = folderOf(t)
  const log = rocksLog(path, { memtableMb: 4, logCompression: 'none' })
  await log.open()
  for (let zxid = 1; zxid <= 600; zxid++) {
    log.append(record(zxid, 20_000))
    if (zxid % 20 === 0) await log.sync()
  }
  await log.close()
  // The first start after it puts what is left of the write-ahead log into tables too.
  const again = rocksLog(path, { memtableMb: 4 })
  t.equal(await again.open(), 600)
  t.equal(await readAll(again), 600)
  await again.close()
  const folder = join(path, 'log')
  const table = readdirSync(folder)
    .filter(name => name.endsWith('.sst'))
    .sort()[0]!
  const bytes = readFileSync(join(folder, table))
  const damage = (offset: number): void => {
    const changed = Buffer.from(bytes)
    changed[offset]! ^= 1
    writeFileSync(join(folder, table), changed)
  }
  const failure = {
    code: 'LOG_CORRUPT',
    message: new RegExp(`^${join(folder, table)} is damaged at byte \\d+: Corruption: block checksum mismatch`),
  }
  damage(600_000)
  const damaged = rocksLog(path, { memtableMb: 4 })
  await damaged.open()
  await t.rejects(readAll(damaged), failure)
  await damaged.close()

  damage(50)
  await t.rejects(rocksLog(path, { memtableMb: 4 }).open(), failure, 'where the epochs are, at once')
})

t.test('a block whose lengths do not add up gives LOG_CORRUPT', async t => {
  const path = folderOf(t)
  const log = rocksLog(path)
  await log.open()
  log.append(record(1, 100))
  await log.sync()
  log.append(record(2, 100))
  await log.sync()
  await log.close()
  const database = await bareDatabase(join(path, 'log'))
  const key = Buffer.alloc(8)
  key[7] = 1
  await database.batch().put(key, Buffer.alloc(30, 1)).write({ sync: true })
  await database.close()
  const damaged = rocksLog(path)
  await damaged.open()
  await t.rejects(readAll(damaged), { code: 'LOG_CORRUPT', message: /the records from 0x1 on in .* are damaged/ })
  await damaged.close()
})

t.test('an epoch that is none gives LOG_CORRUPT', async t => {
  const path = folderOf(t)
  const log = rocksLog(path)
  await log.open()
  await log.setAcceptedEpoch(3)
  await log.close()
  const database = await bareDatabase(join(path, 'log'))
  const key = Buffer.from('\0\0\0\0\0\0\0\0acceptedEpoch', 'latin1')
  await database.batch().put(key, Buffer.from('abc')).write({ sync: true })
  await database.close()
  await t.rejects(rocksLog(path).open(), { code: 'LOG_CORRUPT', message: /the accepted epoch in .* is 0x616263/ })
})

t.test('a snapshot without one of its chunks gives SNAPSHOT_CORRUPT with its place', async t => {
  for (const index of [0, 5, 9]) {
    const path = folderOf(t)
    const snapshotter = rocksSnapshotter(path)
    await snapshotter.open()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(2_500_000)
    }
    await snapshotter.write(5, { body: body(), trailers: () => [] })
    await snapshotter.close()
    const database = await bareDatabase(join(path, 'snapshots'))
    const key = Buffer.alloc(12)
    key[7] = 1
    key[11] = index
    await database.batch().del(key).write({ sync: true })
    await database.close()
    const again = rocksSnapshotter(path)
    await again.open()
    const [info] = await again.list()
    const reading = (async () => {
      for await (const _ of again.read(info!));
    })()
    await t.rejects(reading, {
      code: 'SNAPSHOT_CORRUPT',
      message: new RegExp(`^snapshot.5 in ${join(path, 'snapshots')} is damaged at byte ${index * 262144}: .* missing`),
    })
    await again.close()
  }
})

t.test('a snapshot whose chunks are longer than they are written now is read', async t => {
  const path = folderOf(t)
  const snapshotter = rocksSnapshotter(path)
  await snapshotter.open()
  await snapshotter.close()
  const lengths = [1024 * 1024, 1024 * 1024, 4711]
  const bytes = lengths.reduce((sum, length) => sum + length)
  const database = await bareDatabase(join(path, 'snapshots'))
  const batch = database.batch()
  for (const [index, length] of lengths.entries()) {
    batch.put(chunkKey(1, index), sealChunk(new Uint8Array(CHUNK_HEADER + length).fill(index + 1, CHUNK_HEADER)))
  }
  batch.put(markerKey(1), markerValue({ zxid: 5, number: 1, bytes, chunks: lengths.length }))
  await batch.write({ sync: true })
  await database.close()
  const again = rocksSnapshotter(path)
  await again.open()
  const [info] = await again.list()
  const found: Uint8Array[] = []
  for await (const chunk of again.read(info!)) found.push(chunk.slice())
  t.strictSame(
    found.map(chunk => [chunk.length, chunk[0]]),
    lengths.map((length, index) => [length, index + 1]),
  )
  await again.close()
})

/** A snapshot of 10 bytes with a companion of 2.5 MB, in the database of the returned folder. */
async function withCompanion(t: Test): Promise<string> {
  const path = folderOf(t)
  const snapshotter = rocksSnapshotter(path)
  await snapshotter.open()
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
  }
  await snapshotter.write(5, { body: body(), trailers: () => [], companion: () => [new Uint8Array(2_500_000)] })
  await snapshotter.close()
  return path
}

t.test('a companion that is damaged, or lacks a chunk, gives SNAPSHOT_CORRUPT; its snapshot is there', async t => {
  for (const [index, value, why] of [
    [0, Buffer.alloc(262_148, 1), 'at byte 0: the checksum of a chunk does not match'],
    [1, undefined, 'at byte 262144: a chunk is missing'],
    [9, undefined, 'at byte 2359296: 1 chunks are missing'],
  ] as const) {
    const path = await withCompanion(t)
    const database = await bareDatabase(join(path, 'snapshots'))
    const key = Buffer.from(`000000000000000180${index.toString().padStart(6, '0')}`, 'hex')
    const batch = database.batch()
    await (value ? batch.put(key, value) : batch.del(key)).write({ sync: true })
    await database.close()
    const again = rocksSnapshotter(path)
    await again.open()
    const [info] = await again.list()
    await t.rejects(again.companion(info!), {
      code: 'SNAPSHOT_CORRUPT',
      message: `the companion of snapshot.5 in ${join(path, 'snapshots')} is damaged ${why}`,
    })
    let bytes = 0
    for await (const chunk of again.read(info!)) bytes += chunk.length
    t.equal(bytes, 10)
    await again.close()
  }
})

t.test('a marker that says something else of the companion is damaged', async t => {
  const path = await withCompanion(t)
  const database = await bareDatabase(join(path, 'snapshots'))
  const key = Buffer.from('0000000000000001ffffffff', 'hex')
  const iterator = database.iterator({ gte: key, lte: key })
  const marker = Buffer.from((await iterator.nextv(1))[0]![1])
  await iterator.close()
  marker[39]! ^= 1
  await database.batch().put(key, marker).write({ sync: true })
  await database.close()
  const again = rocksSnapshotter(path)
  await again.open()
  t.strictSame(await again.list(), [])
  await again.close()
})

t.test('a marker that is damaged is passed over, and the snapshot before it is there', async t => {
  const path = folderOf(t)
  const snapshotter = rocksSnapshotter(path)
  await snapshotter.open()
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
  }
  for (const zxid of [3, 4]) await snapshotter.write(zxid, { body: body(), trailers: () => [] })
  await snapshotter.close()
  const database = await bareDatabase(join(path, 'snapshots'))
  const key = Buffer.from('0000000000000002ffffffff', 'hex')
  await database.batch().put(key, Buffer.alloc(24)).write({ sync: true })
  await database.close()
  const again = rocksSnapshotter(path)
  await again.open()
  const listed = async () => (await again.list()).map(info => info.zxid)
  t.strictSame(await listed(), [3])
  await again.write(4, { body: body(), trailers: () => [] })
  t.strictSame(await listed(), [4, 3], 'it can be written again')
  await again.discardAfter(3)
  t.strictSame(await listed(), [3])
  await again.close()
})

t.test('after a failed write the log takes nothing more, and everything that waits fails alike', async t => {
  class Failing extends RocksDatabase {
    fails = false
    override write(...args: Parameters<RocksDatabase['write']>) {
      return this.fails ? Promise.reject(new Error('IO error: No space left on device')) : super.write(...args)
    }
  }
  const all = options(folderOf(t))
  const database = new Failing(all, 'log')
  const log = new RocksLog(database, all)
  await log.open()
  log.append(record(1))
  await log.sync()
  database.fails = true
  log.append(record(2))
  const first = log.sync()
  log.append(record(3))
  const second = log.sync()
  const failure = { code: 'LOG_IO', message: /failed and takes nothing more: IO error: No space left on device$/ }
  await t.rejects(first, failure)
  await t.rejects(second, failure)
  t.throws(() => log.append(record(4)), failure)
  await t.rejects(log.sync(), failure)
  await t.rejects(log.truncateAfter(0), failure)
  await log.close()
  database.fails = false
  const again = rocksLog(all.path)
  t.equal(await again.open(), 1, 'what was durable is there, and the lock is free')
  await again.close()
})

t.test('a snapshot that can not be written gives SNAPSHOT_IO', async t => {
  class Failing extends RocksDatabase {
    override write() {
      return Promise.reject(new Error('IO error: No space left on device'))
    }
  }
  const snapshotter = new RocksSnapshotter(new Failing(options(folderOf(t)), 'snapshots'))
  await snapshotter.open()
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3_000_000)
  }
  await t.rejects(snapshotter.write(7, { body: body(), trailers: () => [] }), {
    code: 'SNAPSHOT_IO',
    message: /^the snapshot of zxid 0x7 could not be written to .* \(IO error: No space left on device\)$/,
  })
  await snapshotter.close()
})
