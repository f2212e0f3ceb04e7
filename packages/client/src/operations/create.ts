/** Creating znodes: each mode has the opcode that Apache's client would send. */
import { type ACL, CreateMode, type JuteReader, JuteWriter, OpCode, Perms, type Stat } from '@menagerie/core/jute'
import type { CreateOptions } from '../client-options.js'
import type { Operation, Request } from '../request.js'
import { readStat } from '../stat.js'
import { readPath, writeData } from './bodies.js'

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

const CREATE_DEFAULTS: CreateExtra = { acl: OPEN_ACL, ttlMs: 0 }

export function createExtra(options: CreateOptions | undefined): unknown {
  if (options?.acl === undefined && options?.ttlMs === undefined) return CREATE_DEFAULTS
  return { acl: options.acl === undefined ? OPEN_ACL : options.acl, ttlMs: options.ttlMs ?? 0 }
}

function writeCreate(writer: JuteWriter, request: Request): void {
  const { acl } = request.extra as CreateExtra
  writer.ustring(request.path)
  writeData(writer, request.data)
  writeAcl(writer, acl)
  writer.int(request.number)
}

function writeCreateTtl(writer: JuteWriter, request: Request): void {
  writeCreate(writer, request)
  writer.long((request.extra as CreateExtra).ttlMs)
}

function writeAcl(writer: JuteWriter, acl: readonly ACL[] | null): void {
  if (acl === null) {
    writer.int(-1)
    return
  }
  if (acl === OPEN_ACL) {
    writer.raw(OPEN_ACL_BYTES)
    return
  }
  writeEntries(writer, acl)
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
  encode: writeCreate,
  decode: readPath,
}

/** The operations that answer with path and Stat, read for the path only. */
const CREATE_CONTAINER_PATH: Operation<string> = {
  opcode: OpCode.createContainer,
  name: 'create',
  encode: writeCreate,
  decode: readPath,
}
const CREATE_TTL_PATH: Operation<string> = {
  opcode: OpCode.createTTL,
  name: 'create',
  encode: writeCreateTtl,
  decode: readPath,
}

const CREATE2: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.create2,
  name: 'create',
  encode: writeCreate,
  decode: readPathStat,
}

const CREATE_CONTAINER: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.createContainer,
  name: 'create',
  encode: writeCreate,
  decode: readPathStat,
}

const CREATE_TTL: Operation<{ path: string; stat: Stat }> = {
  opcode: OpCode.createTTL,
  name: 'create',
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

function isTtlMode(mode: number): boolean {
  return mode === CreateMode.PERSISTENT_WITH_TTL || mode === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
}
