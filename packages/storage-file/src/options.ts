import { z } from 'zod'

/** Options of the plugin. Names and defaults follow zoo.cfg and Apache's system properties. */
export const storageFileOptions = z.strictObject({
  dataDir: z.string().min(1).describe('Folder of the snapshots and, unless dataLogDir is given, of the log'),
  dataLogDir: z.string().min(1).optional().describe('Folder of the log, best on a device of its own'),
  preAllocSizeKb: z
    .number()
    .int()
    .min(0)
    .default(65_536)
    .describe('Size in KB by which log files grow ahead of the records (preAllocSize); 0: not at all'),
  forceSync: z
    .boolean()
    .default(true)
    .describe('Make records durable before they are acknowledged; false risks acknowledged writes'),
  fsyncWarningThresholdMs: z
    .number()
    .int()
    .min(1)
    .default(1000)
    .describe('Warn when making a batch of records durable took longer, in ms (fsync.warningthresholdms)'),
  snapshotCompression: z
    .enum(['', 'gz', 'snappy'])
    .default('')
    .describe('Compression of new snapshots (snapshot.compression.method); any is read'),
  txnLogSizeLimitInKb: z
    .number()
    .int()
    .default(-1)
    .describe('Size in KB of records after which a new log file begins; 0 or less: only at snapshots'),
  autocreate: z.boolean().default(true).describe('Create missing folders (zookeeper.datadir.autocreate)'),
  lock: z.boolean().default(true).describe('Refuse folders that another running server has taken'),
})

/** Options with every default filled in. */
export type StorageFileOptions = z.output<typeof storageFileOptions>
/** Options as they may be given. */
export type StorageFileOptionsInput = z.input<typeof storageFileOptions>
