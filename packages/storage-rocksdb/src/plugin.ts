import {
  CLOCK,
  definePlugin,
  LOG_STORAGE,
  LOGGER,
  type Logger,
  METRICS,
  SNAPSHOTTER,
  silentLogger,
  slowFlushCounter,
} from '@menagerie/core'
import { platformNode } from '@menagerie/platform-node'
import { RocksDatabase } from './database/rocks-database.js'
import { RocksLog, type RocksLogReports } from './log/rocks-log.js'
import { storageRocksdbOptions } from './options.js'
import { RocksSnapshotter } from './snapshots/rocks-snapshotter.js'

/** Log, epochs and snapshots in RocksDB: `plugins: [storageRocksdb({ path: './data' })]`. */
export const storageRocksdb = definePlugin({
  name: 'storage-rocksdb',
  core: '^0.1.0',
  defaults: [platformNode()],
  provides: [LOG_STORAGE, SNAPSHOTTER],
  options: storageRocksdbOptions,
  register(container, options): void {
    // Factories of this registration build once; the server opens and closes what they built.
    let log: RocksLog | undefined
    let snapshotter: RocksSnapshotter | undefined
    container.register(LOG_STORAGE, {
      useFactory: c => {
        log ??= new RocksLog(new RocksDatabase(options, 'log'), options, reports(c))
        return log
      },
    })
    container.register(SNAPSHOTTER, {
      useFactory: c => {
        snapshotter ??= new RocksSnapshotter(new RocksDatabase(options, 'snapshots'), reports(c).logger)
        return snapshotter
      },
    })
  },
})

type Container = Parameters<(typeof storageRocksdb)['register']>[0]

/** Logger, metrics and clock of the server, where it has them. */
function reports(container: Container): RocksLogReports {
  const logger: Logger = container.isRegistered(LOGGER, true) ? container.resolve(LOGGER) : silentLogger
  const metrics = container.isRegistered(METRICS, true) ? container.resolve(METRICS) : undefined
  const clock = container.isRegistered(CLOCK, true) ? container.resolve(CLOCK) : undefined
  return {
    logger,
    syncTime: metrics?.summary('fsynctime'),
    slowSync: metrics && slowFlushCounter(metrics),
    monotonic: clock ? () => clock.monotonic() : () => performance.now(),
  }
}
