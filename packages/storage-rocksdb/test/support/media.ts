import assert from 'node:assert/strict'
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
import type { RocksLevel } from '../../dist/database/binding.js'
import { loadRocksdb } from '../../dist/database/native.js'

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
  return new RocksLog(new RocksDatabase(all, 'log'), all)
}

export function rocksSnapshotter(path: string, changes: Changes = {}): RocksSnapshotter {
  return new RocksSnapshotter(new RocksDatabase(options(path, changes), 'snapshots'))
}

/** A database without Menagerie around it, for what a test does behind its back. */
export async function bareDatabase(path: string): Promise<RocksLevel> {
  const { RocksLevel } = await loadRocksdb()
  const database = new RocksLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await database.open({ createIfMissing: true })
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
      const database = await bareDatabase(join(folder.path, 'snapshots'))
      await changeByte(database, zxid)
      await database.close()
      await last.open()
    },
    async dispose() {
      folder.remove()
    },
  }
}

/** Changes a byte in the first chunk of a snapshot: of the newest one, which the kit has just written. */
async function changeByte(database: RocksLevel, zxid: number): Promise<void> {
  const [marker, value] = await last(database, Buffer.of(0xff))
  assert.equal(value.readBigUInt64BE(8), BigInt(zxid))
  const key = Buffer.concat([marker.subarray(0, 8), Buffer.alloc(4)])
  const [, chunk] = await last(database, Buffer.concat([key, Buffer.of(0)]))
  chunk[chunk.length >> 1] ^= 0x10
  await database.batch().put(key, chunk).write({ sync: true })
}

async function last(database: RocksLevel, lt: Buffer): Promise<[Buffer, Buffer]> {
  const iterator = database.iterator({ lt, reverse: true })
  const [found] = await iterator.nextv(1)
  await iterator.close()
  return found
}
