import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { invariant, MenagerieError } from '@menagerie/core/plugin'
import { makeFolders } from '@menagerie/platform-node'
import type { StorageRocksdbOptions } from '../options.js'
import type { OpenOptions, RangeOptions, RocksIterator, RocksLevel } from './binding.js'
import { corrupt, isCorruption, reasonOf, rootCause } from './errors.js'
import { nameKey } from './keys.js'
import { loadRocksdb } from './native.js'
import { checkWriteAheadLogs } from './wal-check.js'
import type { WriteRequest } from './write-request.js'
import { Writer } from './writer.js'

export type DatabaseOptions = Pick<
  StorageRocksdbOptions,
  'path' | 'cacheSizeMb' | 'memtableMb' | 'compression' | 'parallelism' | 'autocreate'
>

/** Log and snapshots have a database each, since with one write-ahead log each would keep the other's from going. */
export type DatabaseName = 'log' | 'snapshots'

const FORMAT = nameKey('format')
/**
 * What is written, and what else is read. In format 2, blocks of the log were never compressed, and snapshots had no
 * companions.
 */
const FORMATS: Record<DatabaseName, { readonly now: string; readonly before: readonly string[] }> = {
  log: { now: '3', before: ['2'] },
  snapshots: { now: '3', before: ['2'] },
}

/** One of a server's databases, with RocksDB's lock on it while it is open. */
export class RocksDatabase {
  readonly path: string
  private current: Open | undefined

  constructor(
    private readonly options: DatabaseOptions,
    private readonly name: DatabaseName,
  ) {
    this.path = join(resolve(options.path), name)
  }

  /** @throws DATA_DIR_UNUSABLE, DATA_DIR_LOCKED, LOG_CORRUPT, PLUGIN_INVALID */
  async open(): Promise<void> {
    invariant(!this.current, 'a database is opened once')
    this.current = await open(this.path, this.name, this.options)
  }

  async close(): Promise<void> {
    const { current } = this
    this.current = undefined
    await current?.writer.end()
    await current?.level.close()
  }

  /** Changes are about to come: whatever they need gets ready meanwhile. */
  expectWrites(): void {
    this.opened.writer.begin()
  }

  /** Changes, in the order of the calls, on a thread of their own; see {@link Writer.write}. */
  write(request: WriteRequest, lent?: ArrayBuffer): Promise<ArrayBuffer | undefined> {
    return this.opened.writer.write(request, lent)
  }

  /** Reads what is there now, whatever is written meanwhile. Has to be closed. */
  iterator(range: RangeOptions): RocksIterator {
    return this.opened.level.iterator(range)
  }

  /** The first entry of a range. */
  async first(range: RangeOptions): Promise<[Buffer, Buffer] | undefined> {
    const iterator = this.iterator({ ...range, limit: 1 })
    try {
      return (await iterator.nextv(1))[0]
    } finally {
      await iterator.close()
    }
  }

  get(key: Uint8Array): Promise<Buffer | undefined> {
    return this.first({ gte: key, lte: key }).then(entry => entry?.[1])
  }

  private get opened(): Open {
    invariant(this.current, 'the database is open')
    return this.current
  }
}

interface Open {
  readonly level: RocksLevel
  readonly writer: Writer
}

async function open(path: string, name: DatabaseName, options: DatabaseOptions): Promise<Open> {
  const folder = resolve(options.path)
  await prepare(folder, options.autocreate)
  const { RocksLevel } = await loadRocksdb()
  await checkWriteAheadLogs(path)
  const level = new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  try {
    await level.open(openOptions(name, options))
  } catch (error) {
    throw whyNotOpened(folder, error)
  }
  try {
    await checkFormat(path, name, level)
    return { level, writer: new Writer(level.handle) }
  } catch (error) {
    await level.close()
    throw error instanceof MenagerieError ? error : whyNotOpened(folder, error)
  }
}

/** A later version may keep things differently: this one then leaves them alone. */
async function checkFormat(path: string, name: DatabaseName, level: RocksLevel): Promise<void> {
  const { now, before } = FORMATS[name]
  const iterator = level.iterator({ gte: FORMAT, lte: FORMAT })
  const [entry] = await iterator.nextv(1).finally(() => iterator.close())
  const found = entry?.[1].toString()
  if (found === now) return
  if (found !== undefined && !before.includes(found)) {
    const message = `${path} holds data in format ${found}, and this version reads format ${[now, ...before].join(' and ')}; use the version of @menagerie/storage-rocksdb that wrote it, or a later one`
    throw new MenagerieError('DATA_DIR_UNUSABLE', message)
  }
  await level.batch().put(FORMAT, Buffer.from(now)).write({ sync: true })
}

function openOptions(name: DatabaseName, options: DatabaseOptions): OpenOptions {
  const { cacheSizeMb, memtableMb, parallelism } = options
  const compression = name === 'snapshots' && options.compression === 'zstd'
  const bounded = memtableMb > 0 && !compression
  return {
    createIfMissing: true,
    // Compressing each small batch costs more than the flush of what it saves.
    walCompression: false,
    parallelism,
    compression,
    cacheSize: Math.min(cacheSizeMb * 1024 * 1024, 0xffff_ffff),
    // The binding ties the size of memtables to compressing what has settled.
    ...(bounded && { compaction: 'level', memtableMemoryBudget: memtableMb * 1024 * 1024 }),
  }
}

async function prepare(path: string, autocreate: boolean): Promise<void> {
  let names: string[]
  try {
    if (autocreate) await makeFolders(path)
    names = await readdir(path)
  } catch (error) {
    throw unusable(path, error, autocreate)
  }
  if (names.includes('CURRENT')) {
    const message = `${path} holds one database for log and snapshots, which is format 1, and this version reads format 2 and later; copy it to a folder of files with the version of @menagerie/storage-rocksdb that wrote it, and from there with this one ("menagerie storage copy")`
    throw new MenagerieError('DATA_DIR_UNUSABLE', message)
  }
  if (!names.includes('version-2')) return
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
  const message = `the database in ${path} cannot be opened: ${reasonOf(error)}`
  return new MenagerieError('DATA_DIR_UNUSABLE', message, { cause: error })
}
