import { definePlugin, LOG_STORAGE, SNAPSHOTTER } from '@menagerie/core/plugin'
import { logReports } from '@menagerie/core/storage'
import { platformNode } from '@menagerie/platform-node'
import { RocksDatabase } from './database/rocks-database.js'
import { RocksLog } from './log/rocks-log.js'
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
        log ??= new RocksLog(new RocksDatabase(options, 'log'), options, logReports(c, monotonic))
        return log
      },
    })
    container.register(SNAPSHOTTER, {
      useFactory: c => {
        snapshotter ??= new RocksSnapshotter(new RocksDatabase(options, 'snapshots'), logReports(c, monotonic).logger)
        return snapshotter
      },
    })
  },
})

const monotonic = () => performance.now()
