/** The file storage over files that nothing writes to: not even the end that a crash has torn is cut. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Logger, MenagerieError } from '@menagerie/core'
import type { FileHandle, FileSystem } from '@menagerie/storage-file'
import type { StorageAddress } from './address.js'
import type { Storage } from './open.js'

export async function readOnlyFiles(address: StorageAddress, logger: Logger): Promise<Storage> {
  const { DataDirectory, FileLog, FileSnapshotter, nodeFileSystem, nodeProcesses, storageFileOptions } = await import(
    '@menagerie/storage-file'
  )
  const parsed = storageFileOptions.safeParse(address.options)
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
    throw new MenagerieError('CONFIG_INVALID', `${address.text}: ${reasons.join('; ')}`)
  }
  if (!existsSync(join(address.folder, 'version-2'))) {
    throw new MenagerieError('DATA_DIR_UNUSABLE', `${address.folder} holds no data of the file storage (version-2)`)
  }
  const options = { ...parsed.data, autocreate: false }
  const directory = new DataDirectory(withoutWrites(nodeFileSystem), nodeProcesses, options)
  const log = new FileLog(directory, options, { logger, monotonic: () => performance.now() })
  return { log, snapshotter: new FileSnapshotter(directory, options, logger), tornTail: () => log.tornTail }
}

/** Reads only, but for the lock: what a running server is just writing would look like damage. */
function withoutWrites(fs: FileSystem): FileSystem {
  const nothing = async (): Promise<void> => {}
  const isLock = (path: string) => basename(path).startsWith('menagerie.lock.')
  return {
    list: path => fs.list(path),
    checkDirectory: async path => void (await fs.list(path)),
    async open(path, mode): Promise<FileHandle> {
      if (isLock(path)) return fs.open(path, mode)
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
    remove: path => (isLock(path) ? fs.remove(path) : nothing()),
    syncDirectory: nothing,
  }
}
