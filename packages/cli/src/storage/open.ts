/** Opening a storage without a server. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  ConfigError,
  compose,
  LOG_STORAGE,
  LOGGER,
  type Logger,
  type LogStorage,
  MenagerieError,
  SNAPSHOTTER,
  type Snapshotter,
} from '@menagerie/core'
import { loadPlugin, optionProblems } from '../plugins/load-plugin.js'
import { seamName } from '../plugins/seats.js'
import type { StorageAddress } from './address.js'
import { readOnlyFiles } from './read-only-files.js'

/** Log and snapshots of one storage, not opened yet. */
export interface Storage {
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  /** Bytes of an interrupted write at the log's end and where they are, once the log is open; if the storage tells. */
  readonly tornTail: () => TornTail | undefined
}

export interface TornTail {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

/** The beginning of a sentence. */
export const describeTornTail = ({ file, offset, bytes }: TornTail) =>
  `${file} ends at byte ${offset} with an interrupted write of ${bytes} bytes`

/** A server that is in the way has to stop; the advice that another server gets, a folder of its own, is none here. */
export function inWordsOfTools(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string }
  if (code !== 'DATA_DIR_LOCKED' || message === undefined) return error
  const [found] = message.split(/: stop that one|\. Stop that server/)
  return new MenagerieError('DATA_DIR_LOCKED', `${found}; stop that server first`, { cause: error })
}

/**
 * As a server would have it.
 * @throws ConfigError, PLUGIN_INVALID
 */
export async function createStorage(address: StorageAddress, logger: Logger): Promise<Storage> {
  const { use, options, text } = address
  const locate = (path: readonly PropertyKey[]) => ({ source: 'option', key: [text, ...path].join(': ') }) as const
  const named = { use, with: options, origin: locate([]), locate }
  const plugin = await loadPlugin(named)
  for (const token of [LOG_STORAGE, SNAPSHOTTER]) {
    if (!plugin.provides.includes(token)) {
      const message = `${text}: the plugin "${plugin.name}" is no storage: it does not fill ${seamName(token)}`
      throw new MenagerieError('PLUGIN_INVALID', message)
    }
  }
  const problems = optionProblems(named, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  const container = compose([{ plugin, options }], fallbacks => fallbacks.register(LOGGER, { useValue: logger }))
  const log = container.resolve(LOG_STORAGE)
  const snapshotter = container.resolve(SNAPSHOTTER)
  return { log, snapshotter, tornTail: () => (log as { tornTail?: TornTail }).tornTail }
}

/**
 * For looking only: nothing is made where there is no data, and files stay as they are, where a server would cut off
 * what a crash has torn.
 * @param snapshotLogger hears about the snapshots of files
 * @throws DATA_DIR_UNUSABLE, and as {@link createStorage}
 */
export async function createStorageToRead(
  address: StorageAddress,
  logger: Logger,
  snapshotLogger = logger,
): Promise<Storage> {
  const storage = await createStorage(address, logger)
  const unusable = whyNoData(address)
  if (unusable !== undefined) throw new MenagerieError('DATA_DIR_UNUSABLE', unusable)
  return address.use === '@menagerie/storage-file' ? readOnlyFiles(address, logger, snapshotLogger) : storage
}

/** A database would be created in a folder without one, and then be found sound. */
function whyNoData({ use, folder }: StorageAddress): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return `there is no folder ${folder}`
  if (!found.isDirectory()) return `${folder} is a file, expected the folder of a storage`
  const names = readdirSync(folder)
  if (names.length === 0) return `${folder} is empty, expected the data of a storage`
  if (use === '@menagerie/storage-file' && !names.includes('version-2')) {
    return `${folder} holds no data of the file storage (version-2)`
  }
  if (use === '@menagerie/storage-rocksdb' && !holdsDatabase(folder, names)) {
    return `${folder} holds no database of RocksDB (log/CURRENT)`
  }
  return undefined
}

/** Also one that has lost its CURRENT. Of a folder with files, or of format 1, the storage itself says what to do. */
function holdsDatabase(folder: string, names: readonly string[]): boolean {
  if (names.includes('version-2') || names.includes('CURRENT')) return true
  const log = join(folder, 'log')
  if (statSync(log, { throwIfNoEntry: false })?.isDirectory() !== true) return false
  return readdirSync(log).some(name => name === 'CURRENT' || name.startsWith('MANIFEST-'))
}
