import { z } from 'zod'

/** Options of the plugin. */
export const storageRocksdbOptions = z.strictObject({
  path: z.string().min(1).describe('Folder of the databases, which hold log, epochs and snapshots'),
  cacheSizeMb: z
    .number()
    .int()
    .min(0)
    .max(2048)
    .default(8)
    .describe('Size in MB of the cache of table blocks; little is read twice, so a small one does; 0: none'),
  memtableMb: z
    .number()
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe(
      'Size in MB of what is gathered in memory before it goes to table files, for log and for snapshots; where it is given, tables that have settled are compressed, which takes processor time; 0: two buffers of 64 MB at most, and no compression',
    ),
  compression: z
    .enum(['none', 'zstd'])
    .default('none')
    .describe('Compression of snapshots in new table files, done in the background'),
  logCompression: z
    .enum(['none', 'lz4'])
    .default('lz4')
    .describe('Compression of the transaction log, by the block, of what it makes at least an eighth smaller'),
  parallelism: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Number of RocksDB's own threads, which write table files and merge them"),
  fsyncWarningThresholdMs: z
    .number()
    .int()
    .min(1)
    .default(1000)
    .describe('Warn when making a batch of records durable took longer, in ms'),
  autocreate: z.boolean().default(true).describe('Create a missing folder'),
})

/** Options with every default filled in. */
export type StorageRocksdbOptions = z.output<typeof storageRocksdbOptions>
/** Options as they may be given. */
export type StorageRocksdbOptionsInput = z.input<typeof storageRocksdbOptions>
