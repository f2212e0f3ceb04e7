/** Opening a storage without a server. */
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
import type { StorageAddress } from './address.js'
import { readOnlyFiles } from './read-only-files.js'

/** Log and snapshots of one storage, not opened yet. */
export interface Storage {
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  /** Bytes of an interrupted write at the log's end and where they are, once the log is open; if the storage tells. */
  readonly tornTail: () => { readonly file: string; readonly offset: number; readonly bytes: number } | undefined
}

/**
 * As a server would have it.
 * @throws ConfigError, PLUGIN_INVALID
 */
export async function createStorage(address: StorageAddress, logger: Logger): Promise<Storage> {
  const { use, options, text } = address
  const origin = { source: 'option', key: text } as const
  const plugin = await loadPlugin({ use, with: options, origin, locate: () => origin })
  for (const token of [LOG_STORAGE, SNAPSHOTTER]) {
    if (!plugin.provides.includes(token)) {
      const message = `${text}: the plugin "${plugin.name}" is no storage: it does not provide ${String(token.toString())}`
      throw new MenagerieError('PLUGIN_INVALID', message)
    }
  }
  const problems = optionProblems({ use, with: options, origin, locate: () => origin }, plugin)
  if (problems.length > 0) throw new ConfigError(problems)
  const container = compose([{ plugin, options }], fallbacks => fallbacks.register(LOGGER, { useValue: logger }))
  const log = container.resolve(LOG_STORAGE)
  const snapshotter = container.resolve(SNAPSHOTTER)
  return { log, snapshotter, tornTail: () => (log as { tornTail?: ReturnType<Storage['tornTail']> }).tornTail }
}

/** For looking only: files stay as they are, where a server would cut off what a crash has torn. */
export async function createStorageToRead(address: StorageAddress, logger: Logger): Promise<Storage> {
  return address.use === '@menagerie/storage-file' ? readOnlyFiles(address, logger) : createStorage(address, logger)
}
