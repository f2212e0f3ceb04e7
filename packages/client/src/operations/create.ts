/** Creating znodes: each mode has the opcode that Apache's client would send. */
import { type ACL, CreateMode, type JuteReader, JuteWriter, OpCode, Perms, type Stat } from '@menagerie/core/jute'
import type { CreateOptions } from '../client-options.js'
import type { Operation, Request } from '../request.js'
import { readStat } from '../stat.js'
import { checkPath, pathOf, readPath, refused, writeData } from './bodies.js'

/** Everybody may do everything: what znodes are created with unless an ACL is given. */
export const OPEN_ACL: readonly ACL[] = Object.freeze([
  Object.freeze({ perms: Perms.ALL, id: Object.freeze({ scheme: 'world', id: 'anyone' }) }),
])

/** Nearly every create sends it, so it is written once. */
const OPEN_ACL_BYTES = encodedAcl(OPEN_ACL)

/** What create's `extra` holds. */
interface CreateExtra {
  readonly acl: readonly ACL[] | null
  readonly ttlMs: number
}

const MODES: readonly number[] = Object.values(CreateMode)

const CREATE_DEFAULTS: CreateExtra = { acl: OPEN_ACL, ttlMs: 0 }

export function createExtra(options: CreateOptions | undefined): unknown {
  if (options?.acl === undefined && options?.ttlMs === undefined) return CREATE_DEFAULTS
  return { acl: options.acl === undefined ? OPEN_ACL : options.acl, ttlMs: options.ttlMs ?? 0 }
}

function writeCreate(writer: JuteWriter, request: Request): void {
  const { acl, ttlMs } = request.extra as CreateExtra
  const mode = request.number
  if (!MODES.includes(mode)) throw refused(request, `mode must be a CreateMode, found ${mode}`)
  if (ttlMs !== 0 && !isTtlMode(mode)) throw refused(request, `only znodes of a TTL mode have a ttlMs, found ${ttlMs}`)
  checkPath(request, isSequential(mode) ? numbered(request.path) : request.path)
  writer.ustring(request.path)
  writeData(writer, request)
  writeAcl(writer, request, acl)
  writer.int(mode)
}

function writeCreateTtl(writer: JuteWriter, request: Request): void {
  const { ttlMs } = request.extra as CreateExtra
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) {
    throw refused(request, `ttlMs must be a whole number of milliseconds, 1 at least, found ${ttlMs}`)
  }
  writeCreate(writer, request)
  writer.long(ttlMs)
}

/** A path with a number, such as the server will add: what is left open at its end is a name then. */
function numbered(path: string): string {
  return typeof path === 'string' ? `${path}1` : path
}

/** @throws TypeError it is no list of ACL entries */
export function writeAcl(writer: JuteWriter, request: Request, acl: readonly ACL[] | null): void {
  if (acl === null) {
    writer.int(-1)
    return
  }
  if (acl === OPEN_ACL) {
    writer.raw(OPEN_ACL_BYTES)
    return
  }
  if (!Array.isArray(acl) || !acl.every(isAclEntry)) {
    throw new TypeError(
      `${request.operation.name} ${pathOf(request)}: acl must be an array of { perms, id: { scheme, id } }`,
    )
  }
  writeEntries(writer, acl)
}

function isAclEntry(entry: unknown): boolean {
  const { perms, id } = (entry ?? {}) as Partial<ACL>
  return Number.isInteger(perms) && typeof id?.scheme === 'string' && typeof id.id === 'string'
}

function encodedAcl(acl: readonly ACL[]): Uint8Array {
  const writer = new JuteWriter(64)
  writeEntries(writer, acl)
  return writer.take()
}

function writeEntries(writer: JuteWriter, acl: readonly ACL[]): void {
  writer.int(acl.length)
  for (const { perms, id } of acl) {
    writer.int(perms)
    writer.ustring(id.scheme)
    writer.ustring(id.id)
  }
}

function readPathStat(reader: JuteReader, request: Request): { path: string; stat: Stat } {
  return { path: readPath(reader, request), stat: readStat(reader) }
}

const CREATE: Operation<string> = {
  opcode: OpCode.create,
  name: 'create',
  creates: true,
  encode: writeCreate,
  decode: readPath,
}

/** The operations that answer with path and Stat, read for the path only. */
const CREATE_CONTAINER_PATH: Operation<string> = {
  opcode: OpCode.createContainer,
  name: 'create',
  creates: true,
  encode: writeCreate,
  decode: readPath,
}
const CREATE_TTL_PATH: Operation<string> = {
  opcode: OpCode.createTTL,
  name: 'create',
  creates: true,
  encode: writeCreateTtl,
  decode: readPath,
}

const CREATE2: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.create2,
  name: 'create',
  creates: true,
  encode: writeCreate,
  decode: readPathStat,
}

const CREATE_CONTAINER: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.createContainer,
  name: 'create',
  creates: true,
  encode: writeCreate,
  decode: readPathStat,
}

const CREATE_TTL: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.createTTL,
  name: 'create',
  creates: true,
  encode: writeCreateTtl,
  decode: readPathStat,
}

/** Each create mode has the opcode that Apache's client would send. */
export function createOperation(mode: number): Operation<string> {
  if (mode === CreateMode.CONTAINER) return CREATE_CONTAINER_PATH
  return isTtlMode(mode) ? CREATE_TTL_PATH : CREATE
}

export function createWithStatOperation(mode: number): Operation<{ path: string; stat: Stat }> {
  if (mode === CreateMode.CONTAINER) return CREATE_CONTAINER
  return isTtlMode(mode) ? CREATE_TTL : CREATE2
}

export function isSequential(mode: number): boolean {
  return (
    mode === CreateMode.PERSISTENT_SEQUENTIAL ||
    mode === CreateMode.EPHEMERAL_SEQUENTIAL ||
    mode === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
  )
}

function isTtlMode(mode: number): boolean {
  return mode === CreateMode.PERSISTENT_WITH_TTL || mode === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
}
