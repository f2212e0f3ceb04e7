/** The file storage over files that nothing writes to: not even the end that a crash has torn is cut. */
import { basename } from 'node:path'
import type { Logger } from '@menagerie/core'
import type { FileHandle, FileSystem } from '@menagerie/storage-file'
import type { StorageAddress } from './address.js'
import type { Storage } from './open.js'

/** @param snapshotLogger hears about snapshots that are left out */
export async function readOnlyFiles(address: StorageAddress, logger: Logger, snapshotLogger: Logger): Promise<Storage> {
  const { DataDirectory, FileLog, FileSnapshotter, nodeFileSystem, nodeProcesses, storageFileOptions } = await import(
    '@menagerie/storage-file'
  )
  const options = { ...storageFileOptions.parse(address.options), autocreate: false }
  const directory = new DataDirectory(withoutWrites(nodeFileSystem), nodeProcesses, options)
  const log = new FileLog(directory, options, { logger, monotonic: () => performance.now() })
  return { log, snapshotter: new FileSnapshotter(directory, options, snapshotLogger), tornTail: () => log.tornTail }
}

/**
 * Reads only, but for the lock: what a running server is just writing would look like damage. Where nothing may be written,
 * as in a backup that is mounted read-only, those of others are looked at without taking one.
 */
export function withoutWrites(fs: FileSystem): FileSystem {
  const nothing = async (): Promise<void> => {}
  const isLock = (path: string) => basename(path).startsWith('menagerie.lock.')
  return {
    list: path => fs.list(path),
    checkDirectory: async path => void (await fs.list(path)),
    async open(path, mode): Promise<FileHandle> {
      if (isLock(path)) {
        return fs.open(path, mode).catch(error => {
          if (mayNotWrite(error)) return NO_FILE
          throw error
        })
      }
      if (mode !== 'read' && mode !== 'update') throw new Error(`${path} is not to be written`)
      const file = await fs.open(path, 'read')
      return {
        read: (target, length, position) => file.read(target, length, position),
        size: () => file.size(),
        close: () => file.close(),
        write: nothing,
        writeNow() {},
        truncate: nothing,
        sync: nothing,
      }
    },
    makeDirectory: nothing,
    rename: nothing,
    async remove(path) {
      if (!isLock(path)) return
      await fs.remove(path).catch(error => {
        if (!mayNotWrite(error) && error.code !== 'ENOENT') throw error
      })
    },
    syncDirectory: nothing,
  }
}

const mayNotWrite = (error: { readonly code?: unknown }) => ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code))

/** A lock that could not be put down. */
const NO_FILE: FileHandle = {
  read: async () => 0,
  size: async () => 0,
  close: async () => {},
  write: async () => {},
  writeNow() {},
  truncate: async () => {},
  sync: async () => {},
}
