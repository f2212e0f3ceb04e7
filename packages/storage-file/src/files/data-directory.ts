import { basename, dirname, join, resolve } from 'node:path'
import { MenagerieError } from '@menagerie/core'
import { logZxid, parseSnapshotName, VERSION_FOLDER } from '../format/file-names.js'
import { DirectoryLock } from './directory-lock.js'
import { describeCause, describeFileCause, errorCode, type FileSystem, pathOf } from './file-system.js'
import type { Processes } from './processes.js'

/** Where the folders are, and what may be done about them. */
export interface DataDirectoryOptions {
  readonly dataDir: string
  readonly dataLogDir?: string
  readonly autocreate: boolean
  readonly lock: boolean
}

/**
 * The folders that the log and the snapshots share. Whichever of the two opens first creates, checks and
 * locks them; the lock goes when both have closed.
 */
export class DataDirectory {
  /** Folder of the snapshots and the epoch files. */
  readonly snapshots: string
  /** Folder of the log files. */
  readonly logs: string
  private users = 0
  private taken: Promise<DirectoryLock[]> | undefined

  constructor(
    readonly fs: FileSystem,
    private readonly processes: Processes,
    private readonly options: DataDirectoryOptions,
  ) {
    this.snapshots = join(resolve(options.dataDir), VERSION_FOLDER)
    this.logs = join(resolve(options.dataLogDir ?? options.dataDir), VERSION_FOLDER)
  }

  /** @throws DATA_DIR_UNUSABLE, DATA_DIR_LOCKED */
  async acquire(): Promise<void> {
    this.users++
    this.taken ??= this.take()
    try {
      await this.taken
    } catch (error) {
      this.users--
      if (this.users === 0) this.taken = undefined
      throw error
    }
  }

  async release(): Promise<void> {
    this.users--
    if (this.users > 0) return
    const locks = await this.taken
    this.taken = undefined
    for (const lock of locks ?? []) await lock.release()
  }

  private async take(): Promise<DirectoryLock[]> {
    const folders = [...new Set([this.snapshots, this.logs])]
    const locks: DirectoryLock[] = []
    try {
      for (const folder of folders) {
        await this.prepare(folder)
        if (this.options.lock) locks.push(await this.lock(dirname(folder)))
      }
      if (folders.length > 1) await this.checkContents()
    } catch (error) {
      for (const lock of locks) await lock.release()
      throw error
    }
    return locks
  }

  private async prepare(folder: string): Promise<void> {
    try {
      if (this.options.autocreate) await this.fs.makeDirectory(folder)
      await this.fs.checkDirectory(folder)
    } catch (error) {
      throw unusable(folder, error, this.options.autocreate)
    }
  }

  private async lock(folder: string): Promise<DirectoryLock> {
    try {
      return await DirectoryLock.take(this.fs, this.processes, folder)
    } catch (error) {
      if (error instanceof MenagerieError) throw error
      throw unusable(folder, error, this.options.autocreate)
    }
  }

  /** With two folders, files of the other kind mean that dataDir or dataLogDir was changed (ZOOKEEPER-2967). */
  private async checkContents(): Promise<void> {
    const log = (await this.fs.list(this.snapshots)).find(name => logZxid(name) !== undefined)
    if (log) throw misplaced(this.snapshots, log, 'a log file is in the folder of the snapshots')
    const snapshot = (await this.fs.list(this.logs)).find(name => parseSnapshotName(name) !== undefined)
    if (snapshot) throw misplaced(this.logs, snapshot, 'a snapshot is in the folder of the log')
  }
}

function misplaced(folder: string, name: string, what: string): MenagerieError {
  return new MenagerieError(
    'DATA_DIR_UNUSABLE',
    `${join(folder, name)}: ${what}; were dataDir or dataLogDir changed? Move the files, or set both as they were`,
  )
}

/** The DATA_DIR_UNUSABLE for an error of the file system: with the file, where it is about one inside of the folder. */
export function unusable(folder: string, error: unknown, autocreate = true): MenagerieError {
  const file = pathOf(error)
  if (file !== undefined && file !== folder && basename(dirname(file)) === VERSION_FOLDER) {
    const message = `the file ${file} cannot be used: ${describeFileCause(error)}`
    return new MenagerieError('DATA_DIR_UNUSABLE', message, { cause: error })
  }
  const code = errorCode(error)
  const why = autocreate ? 'the system does not let it be made there' : 'automatic creation is off'
  const hint = code === 'ENOENT' ? `, and ${why}` : ''
  const message = `the data folder ${folder} cannot be used: ${describeCause(error, hint)}`
  return new MenagerieError('DATA_DIR_UNUSABLE', message, { cause: error })
}
