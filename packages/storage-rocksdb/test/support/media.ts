import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogStorage, SnapshotInfo, Snapshotter } from '@menagerie/core'
import {
  RocksDatabase,
  RocksLog,
  RocksSnapshotter,
  type StorageRocksdbOptions,
  storageRocksdbOptions,
} from '@menagerie/storage-rocksdb'
import { RocksLevel } from '@nxtedition/rocksdb'

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'menagerie-rocksdb-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export type Changes = Partial<StorageRocksdbOptions>

export function options(path: string, changes: Changes = {}): StorageRocksdbOptions {
  return { ...storageRocksdbOptions.parse({ path }), ...changes }
}

export function rocksLog(path: string, changes: Changes = {}): RocksLog {
  const all = options(path, changes)
  return new RocksLog(new RocksDatabase(all), all)
}

export function rocksSnapshotter(path: string, changes: Changes = {}): RocksSnapshotter {
  return new RocksSnapshotter(new RocksDatabase(options(path, changes)))
}

/** The database without Menagerie around it, for what a test does behind its back. */
export async function bareDatabase(path: string): Promise<RocksLevel> {
  const database = new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await database.open({ createIfMissing: true, columns: { default: {}, log: {}, snapshots: {} } })
  return database
}

export async function logMedium(changes: Changes = {}) {
  const folder = temporaryFolder()
  return {
    path: folder.path,
    create: (): LogStorage => rocksLog(folder.path, changes),
    async powerCut() {},
    async dispose() {
      folder.remove()
    },
  }
}

export async function snapshotMedium(changes: Changes = {}) {
  const folder = temporaryFolder()
  let last: RocksSnapshotter
  return {
    path: folder.path,
    create(): Snapshotter {
      last = rocksSnapshotter(folder.path, changes)
      return last
    },
    async powerCut() {},
    async damage({ zxid }: SnapshotInfo) {
      await last.close()
      const database = await bareDatabase(folder.path)
      await changeByte(database, zxid)
      await database.close()
      await last.open()
    },
    async dispose() {
      folder.remove()
    },
  }
}

/** Changes a byte in the first chunk of the newest snapshot, whose zxid the kit has just written. */
async function changeByte(database: RocksLevel, zxid: number): Promise<void> {
  const column = database.columns['snapshots']
  const key = Buffer.alloc(9, 1)
  key.writeBigUInt64BE(BigInt(zxid), 1)
  const marker = await entry(database, { gte: key, lte: key })
  const number = marker[1].subarray(0, 8)
  const chunk = Buffer.concat([Buffer.of(0), number, Buffer.alloc(4)])
  const [, value] = await entry(database, { gte: chunk, lte: chunk })
  value[value.length >> 1] ^= 0x10
  await database.batch().put(chunk, value, { column }).write({ sync: true })
}

async function entry(database: RocksLevel, range: object): Promise<[Buffer, Buffer]> {
  const iterator = database.iterator({ ...range, column: database.columns['snapshots'] })
  const [found] = await iterator.nextv(1)
  await iterator.close()
  return found
}
