/** The functions below the binding's classes, of which batches that are used again need some. All are synchronous. */
declare module '@nxtedition/rocksdb/binding.js' {
  interface Database {
    readonly database: unique symbol
  }
  interface Batch {
    readonly batch: unique symbol
  }
  const binding: {
    /** @param handle of a database that is open */
    db_init(handle: bigint): Database
    db_clear(database: Database, range: { readonly gte: Uint8Array; readonly lt: Uint8Array }): void
    batch_init(): Batch
    batch_clear(batch: Batch): void
    batch_put(batch: Batch, key: Uint8Array, value: Uint8Array, options: object): void
    batch_write(database: Database, batch: Batch, options: { readonly sync: boolean }): void
  }
  export default binding
}

/** The part of the binding that is used here; the package brings no types. */
declare module '@nxtedition/rocksdb' {
  export interface OpenOptions {
    readonly createIfMissing?: boolean
    readonly walCompression?: boolean
    readonly parallelism?: number
    readonly compression?: boolean
    readonly compaction?: 'level' | 'universal'
    /** Bytes; memtables are a quarter of it. Only with `compaction`. */
    readonly memtableMemoryBudget?: number
    /** Bytes of the block cache. */
    readonly cacheSize?: number
  }

  export interface RangeOptions {
    readonly gte?: Uint8Array
    readonly lt?: Uint8Array
    readonly lte?: Uint8Array
    readonly reverse?: boolean
    readonly limit?: number
    readonly keys?: boolean
    readonly values?: boolean
    /** Bytes after which one call of nextv stops. */
    readonly highWaterMarkBytes?: number
    /** Bytes that RocksDB reads ahead. */
    readonly readaheadSize?: number
  }

  export interface RocksIterator {
    nextv(count: number): Promise<[Buffer, Buffer][]>
    close(): Promise<void>
  }

  export interface RocksBatch {
    put(key: Uint8Array, value: Uint8Array): RocksBatch
    del(key: Uint8Array): RocksBatch
    write(options?: { sync?: boolean }): Promise<void>
  }

  export class RocksLevel {
    /** A folder, or the {@link RocksLevel.handle} of a database that another thread has opened. */
    constructor(location: string | bigint, options: { keyEncoding: 'buffer'; valueEncoding: 'buffer' })
    readonly handle: bigint
    open(options: OpenOptions): Promise<void>
    close(): Promise<void>
    batch(): RocksBatch
    clear(options: RangeOptions): Promise<void>
    iterator(options: RangeOptions): RocksIterator
  }
}
