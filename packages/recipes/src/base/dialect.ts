/**
 * Whose znode is whose: the names that Curator, kazoo and ZooKeeper's own recipes give to the znodes of those who
 * queue for something.
 *
 * Libraries do not respect each other's locks on one path. Curator takes every child for a contender and compares
 * what follows `lock-` as text; kazoo looks for `__lock__` and overlooks all else. So a recipe speaks one dialect and
 * refuses a folder with another one's znodes in it. The order is that of the sequence numbers alone.
 */
import { RecipeError } from './errors.js'

/** Whose znodes are written and respected. */
export type Dialect = 'curator' | 'kazoo' | 'zookeeper'

/** What a znode stands for in its queue. */
export type Role = 'lock' | 'read' | 'write' | 'lease' | 'latch'

/** A znode that queues. */
export interface Contender {
  readonly name: string
  readonly role: Role
  /** Signed, 32 bits: the server's counter wraps. */
  readonly sequence: number
}

const SEQUENCE = '(-\\d{10}|\\d{10})$'
const HEX32 = '^[0-9a-f]{32}'
const pattern = (start: string) => new RegExp(start + SEQUENCE)

/** By dialect and role, the names that belong there. Curator's recipes need no mark in front. */
const NAMES: Record<Dialect, Partial<Record<Role, RegExp>>> = {
  curator: {
    lock: pattern('lock-'),
    read: pattern('__READ__'),
    write: pattern('__WRIT__'),
    lease: pattern('lease-'),
    latch: pattern('latch-'),
  },
  kazoo: {
    lock: pattern(`${HEX32}__lock__`),
    read: pattern(`${HEX32}__rlock__`),
    // A writer is a plain lock, which honours readers besides.
    write: pattern(`${HEX32}__lock__`),
  },
  zookeeper: {
    // Session id: signed decimal from Java, 16 hexadecimal digits from C.
    lock: pattern('^x-(?:-?\\d+|[0-9a-f]{16})-'),
    read: pattern('^(?:.+-)?read-'),
    write: pattern('^(?:.+-)?write-'),
    latch: pattern('^n_'),
  },
}

const OWNERS: Record<Dialect, string> = { curator: 'Curator', kazoo: 'kazoo', zookeeper: "ZooKeeper's own recipes" }
const ROLES: Record<Role, string> = {
  lock: 'lock',
  read: 'read lock',
  write: 'write lock',
  lease: 'semaphore lease',
  latch: 'leader latch',
}

/** The znode's place in a queue of this dialect and these roles; undefined for any other name. */
function parseContender(name: string, dialect: Dialect, roles: readonly Role[]): Contender | undefined {
  for (const role of roles) {
    const match = NAMES[dialect][role]?.exec(name)
    if (match) return { name, role, sequence: Number(match[1]) }
  }
  return undefined
}

/** What a znode is to any dialect: for messages. Undefined if nobody's. */
export function recognise(name: string): { dialect: Dialect; role: Role } | undefined {
  for (const dialect of ['kazoo', 'zookeeper', 'curator'] as const) {
    const contender = parseContender(name, dialect, ['lock', 'read', 'write', 'lease', 'latch'])
    if (contender !== undefined) return { dialect, role: contender.role }
  }
  return undefined
}

/**
 * The contenders among a folder's children, in order. Names that no dialect knows are passed over.
 * @throws RECIPE_FOREIGN_NODES if a child queues in another dialect, or for another recipe
 */
export function contendersOf(
  folder: string,
  children: readonly string[],
  dialect: Dialect,
  roles: readonly Role[],
): Contender[] {
  const contenders: Contender[] = []
  for (const name of children) {
    const contender = parseContender(name, dialect, roles)
    if (contender !== undefined) contenders.push(contender)
    else refuseForeign(folder, name, dialect, roles)
  }
  return contenders.sort((a, b) => compareSequences(a.sequence, b.sequence))
}

function refuseForeign(folder: string, name: string, dialect: Dialect, roles: readonly Role[]): void {
  const found = recognise(name)
  if (found === undefined) return
  const whose = `${OWNERS[found.dialect]} (a ${ROLES[found.role]})`
  const ours = `${OWNERS[dialect]} (${roles.map(role => `a ${ROLES[role]}`).join(' or ')})`
  const advice =
    found.dialect === dialect
      ? 'give each recipe a path of its own'
      : `use dialect '${found.dialect}' with that library, or give each library a path of its own`
  throw new RecipeError(
    'RECIPE_FOREIGN_NODES',
    `${folder} holds ${name}, a znode of ${whose}, which would not be excluded by one of ${ours}: ${advice}`,
  )
}

/**
 * Which of two sequence numbers was given first, by their signed distance: 2147483647 is followed by -2147483648,
 * and a newcomer after the wrap does not come before those who wait.
 */
export function compareSequences(a: number, b: number): number {
  return (a - b) | 0
}

/** How a library begins the names of its znodes: the mark that finds a znode again, and the part before the number. */
export interface Naming {
  /** The whole name up to the sequence number. */
  readonly prefix: string
  /** What only this znode's name begins with. Null where the name does not tell it from others of the same session. */
  readonly mark: string | null
  /** Whether the data is to tell it instead. Not where others read it. */
  readonly dataMarks?: boolean
}

const TAGS: Record<Dialect, Partial<Record<Role, string>>> = {
  curator: { lock: '-lock-', read: '-__READ__', write: '-__WRIT__', lease: '-lease-', latch: '-latch-' },
  kazoo: { lock: '__lock__', read: '__rlock__', write: '__lock__' },
  zookeeper: { read: '-read-', write: '-write-' },
}

/**
 * How a new contender is named.
 * @param uuid with dashes
 * @param sessionId what ZooKeeper's own lock puts into the name instead
 * @throws RECIPE_ARGUMENT if the dialect has no such recipe
 */
export function namingFor(dialect: Dialect, role: Role, uuid: string, sessionId: bigint): Naming {
  if (dialect === 'zookeeper' && role === 'lock') return { prefix: `x-${sessionId}-`, mark: null, dataMarks: true }
  // LeaderElectionSupport takes all but the first two letters for the number, and the data for who it is.
  if (dialect === 'zookeeper' && role === 'latch') return { prefix: 'n_', mark: null }
  const tag = TAGS[dialect]?.[role]
  if (tag === undefined) {
    const known = `dialects are 'curator', 'kazoo' and 'zookeeper'`
    throw new RecipeError('RECIPE_ARGUMENT', `dialect '${dialect}' has no ${ROLES[role]}; ${known}`)
  }
  const mark = dialect === 'curator' ? `_c_${uuid}` : dialect === 'kazoo' ? uuid.replaceAll('-', '') : uuid
  return { prefix: mark + tag, mark }
}
