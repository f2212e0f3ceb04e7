import 'reflect-metadata'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  CLOCK,
  type Clock,
  LOG_STORAGE,
  LOGGER,
  type LogFields,
  METRICS,
  type Metrics,
  MetricsRegistry,
  SNAPSHOTTER,
  slowFlushes,
} from '@menagerie/core'
import { record } from '@menagerie/core/contract'
import { storageRocksdb, storageRocksdbOptions } from '@menagerie/storage-rocksdb'
import t, { type Test } from 'tap'
import { container } from 'tsyringe'
import { startWriter } from './support/child.js'
import { bareDatabase, rocksLog, rocksSnapshotter, temporaryFolder } from './support/media.js'

t.setTimeout(300_000)

function folderOf(t: Test): string {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  return join(folder.path, 'db')
}

t.test('fills both seams of a server, each with a lock of its own', async t => {
  const options = storageRocksdbOptions.parse({ path: folderOf(t) })
  const server = container.createChildContainer()
  storageRocksdb.register(server, options)
  const log = server.resolve(LOG_STORAGE)
  const snapshotter = server.resolve(SNAPSHOTTER)
  t.equal(server.resolve(LOG_STORAGE), log, 'resolving again gives the same log')
  t.equal(server.resolve(SNAPSHOTTER), snapshotter)
  await snapshotter.open()
  await log.open()

  const other = container.createChildContainer()
  storageRocksdb.register(other, options)
  t.not(other.resolve(LOG_STORAGE), log, 'another server has its own')
  await t.rejects(other.resolve(LOG_STORAGE).open(), { code: 'DATA_DIR_LOCKED' })
  await t.rejects(other.resolve(SNAPSHOTTER).open(), { code: 'DATA_DIR_LOCKED' })
  await log.close()
  await t.rejects(other.resolve(SNAPSHOTTER).open(), { code: 'DATA_DIR_LOCKED' })
  await snapshotter.close()
  await other.resolve(SNAPSHOTTER).open()
  await other.resolve(SNAPSHOTTER).close()
})

t.test('refuses a folder that another process uses, and takes it once that is gone', async t => {
  const path = folderOf(t)
  const writer = startWriter('write', path, '3')
  await writer.until(line => line === 'done')
  await t.rejects(rocksLog(path).open(), {
    code: 'DATA_DIR_LOCKED',
    message: `${path} is in use by another server: RocksDB's LOCK is held. Stop that server, or give this one a path of its own`,
  })
  await writer.kill()
  const log = rocksLog(path)
  t.equal(await log.open(), 3)
  await log.close()
})

t.test('says what is wrong with a folder that it can not use', async t => {
  const path = folderOf(t)
  await t.rejects(rocksLog(path, { autocreate: false }).open(), {
    code: 'DATA_DIR_UNUSABLE',
    message: `the data folder ${path} cannot be used: it does not exist, and automatic creation is off (ENOENT)`,
  })
  await t.rejects(rocksLog('/proc/menagerie/data').open(), {
    code: 'DATA_DIR_UNUSABLE',
    message: /^the data folder \/proc\/menagerie\/data cannot be used: .*\(E[A-Z]+\)$/,
  })
  mkdirSync(join(path, 'version-2'), { recursive: true })
  await t.rejects(rocksLog(path).open(), {
    code: 'DATA_DIR_UNUSABLE',
    message: /holds data of the file storage \(version-2\).*menagerie storage copy --from file:/,
  })
})

t.test('leaves a database of a later format alone', async t => {
  const path = folderOf(t)
  const log = rocksLog(path)
  await log.open()
  await log.close()
  const database = await bareDatabase(join(path, 'log'))
  const key = Buffer.from('\0\0\0\0\0\0\0\0format', 'latin1')
  await database.batch().put(key, Buffer.from('7')).write({ sync: true })
  await database.close()
  await t.rejects(rocksLog(path).open(), {
    code: 'DATA_DIR_UNUSABLE',
    message: /format 7, and this version reads format 3 and 2/,
  })
})

t.test('reads snapshots of format 2, which have no companions, and marks their database as format 3', async t => {
  const path = folderOf(t)
  const database = await bareDatabase(join(path, 'snapshots'))
  const key = Buffer.from('\0\0\0\0\0\0\0\0format', 'latin1')
  // As that version wrote it: one chunk of three bytes, and its marker, of which all but 32 bytes are zeros.
  const marker = Buffer.alloc(4096)
  marker.write('00000000000000010000000000000007000000000000000300000001d2a52048', 'hex')
  await database
    .batch()
    .put(key, Buffer.from('2'))
    .put(Buffer.from('000000000000000100000000', 'hex'), Buffer.from('364b3fb7616263', 'hex'))
    .put(Buffer.from('0000000000000001ffffffff', 'hex'), marker)
    .write({ sync: true })
  await database.close()
  const snapshotter = rocksSnapshotter(path)
  await snapshotter.open()
  const [info] = await snapshotter.list()
  t.strictSame(info, { zxid: 7, name: 'snapshot.7', bytes: 3 })
  let text = ''
  for await (const chunk of snapshotter.read(info!)) text += Buffer.from(chunk).toString()
  t.equal(text, 'abc')
  t.equal(await snapshotter.companion(info!), undefined)
  await snapshotter.close()
  const again = await bareDatabase(join(path, 'snapshots'))
  const iterator = again.iterator({ gte: key, lte: key })
  t.equal((await iterator.nextv(1))[0]?.[1].toString(), '3', 'so that an earlier version leaves it alone')
  await iterator.close()
  await again.close()
})

t.test('says of a database for log and snapshots together that it is of an earlier format', async t => {
  const path = folderOf(t)
  await (await bareDatabase(path)).close()
  const message = new RegExp(`^${path} holds one database for log and snapshots, which is format 1, .*storage copy`)
  await t.rejects(rocksLog(path).open(), { code: 'DATA_DIR_UNUSABLE', message })
  await t.rejects(rocksSnapshotter(path).open(), { code: 'DATA_DIR_UNUSABLE', message })
})

t.test('reports to the server’s logger and metrics', async t => {
  const server = container.createChildContainer()
  const names: string[] = []
  const observed: number[] = []
  server.register(METRICS, {
    useValue: {
      summary(name: string) {
        names.push(name)
        return { observe: (value: number) => void observed.push(value) }
      },
    } as unknown as Metrics,
  })
  const info: string[] = []
  const note = (_fields: LogFields, message: string): void => void info.push(message)
  server.register(LOGGER, { useValue: { debug() {}, info: note, warn() {}, error() {} } })
  storageRocksdb.register(server, storageRocksdbOptions.parse({ path: folderOf(t) }))
  const log = server.resolve(LOG_STORAGE)
  await log.open()
  for (const zxid of [1, 2]) {
    log.append(record(zxid))
    await log.sync()
  }
  await log.purgeThrough(2)
  t.ok(names.includes('fsynctime'))
  t.equal(observed.length, 2)
  t.strictSame(info, ['removed old transactions from the log'])
  await log.close()
})

t.test('counts the flushes that took longer than the threshold', async t => {
  const server = container.createChildContainer()
  const metrics = new MetricsRegistry()
  // Two readings of the clock for each flush: the first takes 1 ms, the second 1,500.
  const times = [0, 1, 10, 1510]
  server.register(CLOCK, { useValue: { monotonic: () => times.shift() ?? 0 } as unknown as Clock })
  server.register(METRICS, { useValue: metrics })
  storageRocksdb.register(server, storageRocksdbOptions.parse({ path: folderOf(t) }))
  const log = server.resolve(LOG_STORAGE)
  await log.open()
  log.append(record(1))
  await log.sync()
  t.notOk(metrics.read().has('fsync_threshold_exceed_count'), 'no key that Apache has not, where nothing was slow')
  log.append(record(2))
  await log.sync()
  t.equal(slowFlushes(metrics), 1)
  metrics.reset()
  t.equal(metrics.read().get('fsync_threshold_exceed_count'), 1, 'srst leaves it')
  await log.close()
})

t.test('options', async t => {
  t.strictSame(storageRocksdbOptions.parse({ path: 'd' }), {
    path: 'd',
    cacheSizeMb: 8,
    memtableMb: 0,
    compression: 'none',
    logCompression: 'lz4',
    parallelism: 1,
    fsyncWarningThresholdMs: 1000,
    autocreate: true,
  })
  const wrong: [option: string, value: unknown][] = [
    ['path', ''],
    ['path', 5],
    ['cacheSizeMb', -1],
    ['cacheSizeMb', 5000],
    ['memtableMb', -1],
    ['compression', 'snappy'],
    ['parallelism', 0],
    ['fsyncWarningThresholdMs', 0],
    ['autocreate', 1],
    ['dataDir', 'x'],
  ]
  for (const [option, value] of wrong) {
    const { error } = storageRocksdbOptions.safeParse({ path: 'd', [option]: value })
    t.ok(error, `${option}: ${JSON.stringify(value)}`)
    t.ok(JSON.stringify(error?.issues).includes(option), 'the issue names the option')
  }
  t.ok(storageRocksdbOptions.safeParse({}).error, 'path is required')
  for (const [name, schema] of Object.entries(storageRocksdbOptions.shape))
    t.ok(schema.description, `${name} is described`)
})
