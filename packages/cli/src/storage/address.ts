/** `file:DIR`, `rocksdb:DIR`, or a plugin's package and a folder: which storage a command means. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { MenagerieError, nearest } from '@menagerie/core'

export interface StorageAddress {
  /** As it was typed, for messages. */
  readonly text: string
  /** The package or path of the plugin. */
  readonly use: string
  readonly folder: string
  /** The folder under the plugin's name for it, and what was given after `?`. */
  readonly options: Readonly<Record<string, unknown>>
}

const KNOWN: Readonly<Record<string, { use: string; folderOption: string }>> = {
  file: { use: '@menagerie/storage-file', folderOption: 'dataDir' },
  rocksdb: { use: '@menagerie/storage-rocksdb', folderOption: 'path' },
}

/** One letter before the colon is a drive of Windows. */
const ADDRESS = /^([^:?]{2,}):(.+)$/
const EXPECTED = 'file:DIR, rocksdb:DIR or, for another storage, PACKAGE:DIR'

/**
 * Reads an address: `KIND:FOLDER`, with further options of the plugin as `?name=value&name=value`. KIND is `file`,
 * `rocksdb`, or a package or path, whose folder is then given as option `path`.
 *
 * @throws CONFIG_INVALID
 */
export function parseAddress(text: string): StorageAddress {
  const [, kind, rest] = ADDRESS.exec(text) ?? []
  if (kind === undefined || rest === undefined) {
    throw invalid(`"${text}" names no storage, expected ${EXPECTED}`)
  }
  const question = rest.indexOf('?')
  const folder = question < 0 ? rest : rest.slice(0, question)
  const more = new URLSearchParams(question < 0 ? '' : rest.slice(question + 1))
  const { use, folderOption } = KNOWN[kind] ?? { use: kind, folderOption: 'path' }
  if (!KNOWN[kind] && !/[/@.-]/.test(kind)) {
    const guess = nearest(kind, Object.keys(KNOWN))
    const known = guess === undefined ? 'there are file, rocksdb, and packages by name' : `did you mean ${guess}?`
    throw invalid(`"${text}": there is no storage called ${kind}; ${known}`)
  }
  const given = Object.fromEntries([...more].map(([name, value]) => [name, optionValue(value)]))
  return { text, use, folder, options: { [folderOption]: folder, ...given } }
}

/**
 * The same, or a folder alone, whose files tell what it is.
 * @throws CONFIG_INVALID, or the error of the system where it lets nobody look
 */
export function parseAddressOrFolder(text: string): StorageAddress {
  if (!isThere(text)) {
    if (ADDRESS.test(text)) return parseAddress(text)
    throw invalid(`there is no folder "${text}"; expected one, or ${EXPECTED}`)
  }
  if (!statSync(text).isDirectory()) throw invalid(`${text} is a file, expected the folder of a storage`)
  if (basename(resolve(text)) === 'version-2')
    throw invalid(`${text} is inside of a data folder: name ${dirname(text)}`)
  if (readdirSync(text).includes('version-2')) return parseAddress(`file:${text}`)
  if (isThere(join(text, 'log', 'CURRENT'))) return parseAddress(`rocksdb:${text}`)
  throw invalid(
    `${text} is no data folder that this command knows: it has neither version-2 (files) nor log/CURRENT (RocksDB); name another storage as PACKAGE:DIR`,
  )
}

/** What may not be looked at is an error, not missing. */
function isThere(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** Options come as text; numbers and booleans are meant as such. */
function optionValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+$/.test(text) ? Number(text) : text
}

const invalid = (message: string) => new MenagerieError('CONFIG_INVALID', message)
