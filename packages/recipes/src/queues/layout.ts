/** The names and contents of queue entries, by dialect. */
import { compareSequences, type Dialect } from '../base/dialect.js'
import { RecipeError } from '../base/errors.js'
import { argument } from '../base/paths.js'
import { decodeItems, encodeItems } from './multi-item.js'

/** One entry, as its name tells. */
export interface EntryName {
  readonly name: string
  readonly sequence: number
  /** The least goes first; 0 where names hold none. */
  readonly rank: number
}

export interface QueueLayout {
  readonly owner: string
  /** Entries are children of the queue's path plus this. */
  readonly folder: '' | '/entries'
  /** The name up to the sequence number. @param rank priority, or due time in ms since 1970 */
  prefix(rank: number): string
  /** Undefined for names that are not entries of this layout. */
  parse(name: string): EntryName | undefined
  encode(items: readonly Uint8Array[]): Uint8Array
  decode(bytes: Uint8Array): Uint8Array[]
}

const SEQUENCE = '(-\\d{10}|\\d{10})$'
const raw = {
  encode: (items: readonly Uint8Array[]) => items[0],
  decode: (bytes: Uint8Array) => [bytes],
}
const curator = { owner: 'Curator', folder: '', encode: encodeItems, decode: decodeItems } as const

function parser(pattern: RegExp, rankOf: (text: string) => number = () => 0) {
  return (name: string): EntryName | undefined => {
    const match = pattern.exec(name)
    if (match === null) return undefined
    const [, ...groups] = match
    return { name, sequence: Number(groups.at(-1)), rank: groups.length > 1 ? rankOf(groups[0]) : 0 }
  }
}

export const CURATOR_QUEUE: QueueLayout = {
  ...curator,
  prefix: () => 'queue-',
  parse: parser(new RegExp(`^queue-${SEQUENCE}`)),
}

/** The sign before 32 bits in hexadecimal, so that text sorts as numbers do. */
export const CURATOR_PRIORITY: QueueLayout = {
  ...curator,
  prefix(priority) {
    if ((priority | 0) !== priority) throw argument(`a priority is a whole number of 32 bits, found ${priority}`)
    return `queue-${priority >= 0 ? 1 : 0}${(priority >>> 0).toString(16).toUpperCase().padStart(8, '0')}`
  },
  parse: parser(new RegExp(`^queue-([01][0-9A-F]{8})${SEQUENCE}`), hex => Number.parseInt(hex.slice(1), 16) | 0),
}

export const CURATOR_DELAY: QueueLayout = {
  ...curator,
  prefix(dueAtMs) {
    if (!Number.isSafeInteger(dueAtMs) || dueAtMs < 0) throw argument(`not a time in ms since 1970: ${dueAtMs}`)
    return `queue-|${dueAtMs.toString(16).toUpperCase().padStart(8, '0')}|`
  },
  parse: parser(new RegExp(`^queue-\\|([0-9A-F]+)\\|${SEQUENCE}`), hex => Number.parseInt(hex, 16)),
}

const kazooEntries = (folder: '' | '/entries'): QueueLayout => ({
  ...raw,
  owner: 'kazoo',
  folder,
  prefix(priority) {
    if (!Number.isInteger(priority) || priority < 0 || priority > 999) {
      throw argument(`a priority of kazoo is a whole number from 0 to 999, found ${priority}`)
    }
    return `entry-${String(priority).padStart(3, '0')}-`
  },
  parse: parser(new RegExp(`^entry-(\\d{3})-${SEQUENCE}`), Number),
})
export const KAZOO_QUEUE = kazooEntries('')
export const KAZOO_LOCKING_QUEUE = kazooEntries('/entries')
/** What kazoo's queues give an entry when nothing is said. */
export const KAZOO_PRIORITY = 100

export const ZOOKEEPER_QUEUE: QueueLayout = {
  ...raw,
  owner: "ZooKeeper's own recipes",
  folder: '',
  prefix: () => 'qn-',
  parse: parser(new RegExp(`^qn-${SEQUENCE}`)),
}

export function plainLayout(dialect: Dialect): QueueLayout {
  if (dialect === 'curator') return CURATOR_QUEUE
  if (dialect === 'kazoo') return KAZOO_QUEUE
  if (dialect === 'zookeeper') return ZOOKEEPER_QUEUE
  throw argument(`there is no dialect '${dialect}'; there are 'curator', 'kazoo' and 'zookeeper'`)
}

const ALL = [CURATOR_QUEUE, CURATOR_PRIORITY, CURATOR_DELAY, KAZOO_QUEUE, ZOOKEEPER_QUEUE]

/** The entries among a folder's children, first one first. @throws RECIPE_FOREIGN_NODES for entries of another layout */
export function entriesOf(folder: string, children: readonly string[], layout: QueueLayout): EntryName[] {
  const entries: EntryName[] = []
  for (const name of children) {
    const entry = layout.parse(name)
    if (entry !== undefined) entries.push(entry)
    else {
      const other = ALL.find(candidate => candidate.parse(name) !== undefined)
      if (other !== undefined) throw foreign(folder, name, other.owner, layout.owner)
    }
  }
  return entries.sort((a, b) => a.rank - b.rank || compareSequences(a.sequence, b.sequence))
}

function foreign(folder: string, name: string, theirs: string, ours: string): RecipeError {
  const what = theirs === ours ? `another kind of queue of ${theirs}` : `a queue of ${theirs}`
  return new RecipeError(
    'RECIPE_FOREIGN_NODES',
    `${folder} holds ${name}, an entry of ${what}, which this queue in the layout of ${ours} would pass over: ` +
      'use the same dialect and kind of queue for everybody, or give each a path of its own',
  )
}
