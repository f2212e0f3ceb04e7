import 'reflect-metadata'
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
import { storageFile, storageFileOptions } from '@menagerie/storage-file'
import t from 'tap'
import { container } from 'tsyringe'
import { temporaryFolder } from './support/media.js'

t.test('fills both seams of a server with one folder and one lock', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const options = storageFileOptions.parse({ dataDir: folder.path })
  const server = container.createChildContainer()
  storageFile.register(server, options)
  const log = server.resolve(LOG_STORAGE)
  const snapshotter = server.resolve(SNAPSHOTTER)
  t.equal(server.resolve(LOG_STORAGE), log, 'resolving again gives the same log')
  t.equal(server.resolve(SNAPSHOTTER), snapshotter)
  await snapshotter.open()
  await log.open()

  const other = container.createChildContainer()
  storageFile.register(other, options)
  t.not(other.resolve(LOG_STORAGE), log, 'another server has its own')
  await t.rejects(other.resolve(LOG_STORAGE).open(), { code: 'DATA_DIR_LOCKED' })
  await log.close()
  await t.rejects(other.resolve(SNAPSHOTTER).open(), { code: 'DATA_DIR_LOCKED' })
  await snapshotter.close()
  await other.resolve(SNAPSHOTTER).open()
  await other.resolve(SNAPSHOTTER).close()
})

t.test('reports to the server’s logger and metrics', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
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
  storageFile.register(server, storageFileOptions.parse({ dataDir: folder.path }))
  const log = server.resolve(LOG_STORAGE)
  await log.open()
  log.append(record(1))
  await log.sync()
  log.roll()
  log.append(record(2))
  await log.sync()
  await log.purgeThrough(2)
  t.ok(names.includes('fsynctime'))
  t.equal(observed.length, 2)
  t.strictSame(info, ['removed an old log file'])
  await log.close()
})

t.test('counts the flushes that took longer than the threshold', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const server = container.createChildContainer()
  const metrics = new MetricsRegistry()
  // Two readings of the clock for each flush: the first takes 1 ms, the second 1,500.
  const times = [0, 1, 10, 1510]
  server.register(CLOCK, { useValue: { monotonic: () => times.shift() ?? 0 } as unknown as Clock })
  server.register(METRICS, { useValue: metrics })
  storageFile.register(server, storageFileOptions.parse({ dataDir: folder.path }))
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
  t.strictSame(storageFileOptions.parse({ dataDir: 'd' }), {
    dataDir: 'd',
    preAllocSizeKb: 65_536,
    forceSync: true,
    fsyncWarningThresholdMs: 1000,
    snapshotCompression: '',
    txnLogSizeLimitInKb: -1,
    autocreate: true,
    lock: true,
  })
  const wrong: [option: string, value: unknown][] = [
    ['dataDir', ''],
    ['dataDir', 5],
    ['dataLogDir', ''],
    ['preAllocSizeKb', -1],
    ['preAllocSizeKb', 1.5],
    ['forceSync', 'no'],
    ['fsyncWarningThresholdMs', 0],
    ['snapshotCompression', 'zip'],
    ['txnLogSizeLimitInKb', '10'],
    ['autocreate', 1],
    ['lock', null],
    ['dataDirectory', 'x'],
  ]
  for (const [option, value] of wrong) {
    const { error } = storageFileOptions.safeParse({ dataDir: 'd', [option]: value })
    t.ok(error, `${option}: ${JSON.stringify(value)}`)
    t.ok(JSON.stringify(error?.issues).includes(option), 'the issue names the option')
  }
  t.ok(storageFileOptions.safeParse({}).error, 'dataDir is required')
})
