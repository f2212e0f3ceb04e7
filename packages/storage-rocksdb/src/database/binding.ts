/** The part of `@nxtedition/rocksdb` that is used here, which brings no types. */

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
  /** To this key, or in reverse to the last one before it, for the next `nextv`. */
  seek(target: Uint8Array): void
  close(): Promise<void>
}

export interface RocksBatch {
  put(key: Uint8Array, value: Uint8Array): RocksBatch
  del(key: Uint8Array): RocksBatch
  write(options?: { sync?: boolean }): Promise<void>
}

export interface RocksLevel {
  readonly handle: bigint
  open(options: OpenOptions): Promise<void>
  close(): Promise<void>
  batch(): RocksBatch
  clear(options: RangeOptions): Promise<void>
  iterator(options: RangeOptions): RocksIterator
}

/** What the package exports. */
export interface Binding {
  /** Made with a folder, or with the {@link RocksLevel.handle} of a database that another thread has opened. */
  readonly RocksLevel: new (
    location: string | bigint,
    options: { keyEncoding: 'buffer'; valueEncoding: 'buffer' },
  ) => RocksLevel
}
