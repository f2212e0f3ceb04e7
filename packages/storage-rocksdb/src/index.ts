/** Transaction log, epochs and snapshots in RocksDB. */
export { type DatabaseOptions, RocksDatabase } from './database/rocks-database.js'
export { checkWriteAheadLogs, type WalEnd } from './database/wal-check.js'
export { RocksLog } from './log/rocks-log.js'
export { type StorageRocksdbOptions, type StorageRocksdbOptionsInput, storageRocksdbOptions } from './options.js'
export { storageRocksdb } from './plugin.js'
export { RocksSnapshotter } from './snapshots/rocks-snapshotter.js'
