import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { invariant, MenagerieError } from '@menagerie/core'
import type { ColumnOptions, OpenOptions, RangeOptions, RocksIterator, RocksLevel } from '@nxtedition/rocksdb'
import type { StorageRocksdbOptions } from '../options.js'
import { corrupt, isCorruption, reasonOf, rootCause } from './errors.js'
import { nameKey } from './keys.js'
import { loadRocksdb } from './native.js'
import { checkWriteAheadLogs } from './wal-check.js'
import type { ColumnName, WriteRequest } from './write-request.js'
import { Writer } from './writer.js'

export type DatabaseOptions = Pick<
  StorageRocksdbOptions,
  'path' | 'cacheSizeMb' | 'memtableMb' | 'compression' | 'parallelism' | 'autocreate'
>

const FORMAT = nameKey('format')
const FORMAT_VERSION = '1'

/**
 * The database that log and snapshots share. Whichever of the two opens first opens it, and with it takes
 * RocksDB's lock; it is closed when both have closed.
 */
export class RocksDatabase {
  readonly path: string
  private users = 0
  private opening: Promise<Open> | undefined
  private current: Open | undefined

  constructor(private readonly options: DatabaseOptions) {
    this.path = resolve(options.path)
  }

  /** @throws DATA_DIR_UNUSABLE, DATA_DIR_LOCKED, LOG_CORRUPT, PLUGIN_INVALID */
  async acquire(): Promise<void> {
    this.users++
    this.opening ??= open(this.path, this.options)
    try {
      this.current = await this.opening
    } catch (error) {
      this.users--
      this.opening = undefined
      throw error
    }
  }

  async release(): Promise<void> {
    this.users--
    if (this.users > 0) return
    const { current } = this
    this.current = undefined
    this.opening = undefined
    await current?.writer.end()
    await current?.level.close()
  }

  /** Changes, in the order of the calls, on a thread of their own; see {@link Writer.write}. */
  write(request: WriteRequest, lent?: ArrayBuffer): Promise<ArrayBuffer | undefined> {
    return this.open.writer.write(request, lent)
  }

  /** Reads a column as it is now, whatever is written meanwhile. Has to be closed. */
  iterator(column: ColumnName, range: Omit<RangeOptions, 'column'>): RocksIterator {
    const { level } = this.open
    return level.iterator({ ...range, column: level.columns[column] })
  }

  /** The first entry of a range. */
  async first(column: ColumnName, range: Omit<RangeOptions, 'column'>): Promise<[Buffer, Buffer] | undefined> {
    const iterator = this.iterator(column, { ...range, limit: 1 })
    try {
      return (await iterator.nextv(1))[0]
    } finally {
      await iterator.close()
    }
  }

  get(column: ColumnName, key: Uint8Array): Promise<Buffer | undefined> {
    return this.first(column, { gte: key, lte: key }).then(entry => entry?.[1])
  }

  private get open(): Open {
    invariant(this.current, 'the database is open')
    return this.current
  }
}

interface Open {
  readonly level: RocksLevel
  readonly writer: Writer
}

async function open(path: string, options: DatabaseOptions): Promise<Open> {
  await prepare(path, options.autocreate)
  const { RocksLevel } = await loadRocksdb()
  await checkWriteAheadLogs(path)
  const level = new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  try {
    await level.open(openOptions(options))
  } catch (error) {
    throw whyNotOpened(path, error)
  }
  try {
    await checkFormat(path, level)
    return { level, writer: new Writer(level.handle) }
  } catch (error) {
    await level.close()
    throw error
  }
}

/** A later version may keep things differently: this one then leaves them alone. */
async function checkFormat(path: string, level: RocksLevel): Promise<void> {
  const column = level.columns['log']
  const iterator = level.iterator({ column, gte: FORMAT, lte: FORMAT })
  const [entry] = await iterator.nextv(1).finally(() => iterator.close())
  const found = entry?.[1].toString()
  if (found === FORMAT_VERSION) return
  if (found !== undefined) {
    const message = `${path} holds data in format ${found}, and this version reads format ${FORMAT_VERSION}; use the version of @menagerie/storage-rocksdb that wrote it, or a later one`
    throw new MenagerieError('DATA_DIR_UNUSABLE', message)
  }
  await level.batch().put(FORMAT, Buffer.from(FORMAT_VERSION), { column }).write({ sync: true })
}

function openOptions({ cacheSizeMb, memtableMb, compression, parallelism }: DatabaseOptions): OpenOptions {
  const cacheSize = Math.min(cacheSizeMb * 1024 * 1024, 0xffff_ffff)
  // Small memtables for everything: the write-ahead log is kept until the last column has put its share into tables.
  const plain: ColumnOptions = {
    compaction: 'level',
    memtableMemoryBudget: memtableMb * 1024 * 1024,
    compression: false,
    cacheSize,
  }
  return {
    createIfMissing: true,
    // Compressing each small batch costs more than the flush of what it saves.
    walCompression: false,
    parallelism,
    columns: {
      default: { ...plain, memtableMemoryBudget: 4 * 1024 * 1024, cacheSize: 0 },
      log: plain,
      snapshots: compression === 'zstd' ? { compression: true, cacheSize } : plain,
    },
  }
}

async function prepare(path: string, autocreate: boolean): Promise<void> {
  try {
    if (autocreate) await mkdir(path, { recursive: true })
    const names = await readdir(path)
    if (!names.includes('version-2')) return
  } catch (error) {
    throw unusable(path, error, autocreate)
  }
  const message = `${path} holds data of the file storage (version-2); give RocksDB a folder of its own, and move the data with "menagerie storage copy --from file:${path} --to rocksdb:${join(path, '..', 'rocksdb')}"`
  throw new MenagerieError('DATA_DIR_UNUSABLE', message)
}

const CAUSES: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is mounted read-only',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
}

function unusable(path: string, error: unknown, autocreate: boolean): MenagerieError {
  const { code = 'no code' } = error as NodeJS.ErrnoException
  const hint = code === 'ENOENT' && !autocreate ? ', and automatic creation is off' : ''
  const message = `the data folder ${path} cannot be used: ${CAUSES[code] ?? 'the system refused'}${hint} (${code})`
  return new MenagerieError('DATA_DIR_UNUSABLE', message, { cause: error })
}

function whyNotOpened(path: string, error: unknown): MenagerieError {
  if (rootCause(error).code === 'LEVEL_LOCKED') {
    const message = `${path} is in use by another server: RocksDB's LOCK is held. Stop that server, or give this one a path of its own`
    return new MenagerieError('DATA_DIR_LOCKED', message, { cause: error })
  }
  if (isCorruption(error)) return corrupt('LOG_CORRUPT', path, error)
  const message = `The database in ${path} can not be opened: ${reasonOf(error)}`
  return new MenagerieError('DATA_DIR_UNUSABLE', message, { cause: error })
}
