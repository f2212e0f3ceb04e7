/** The operations of the client protocol: what is written, what is read back. */

import type { JuteReader, JuteWriter } from '@menagerie/core/jute'
import {
  type ACL,
  AuthPacket,
  type ClientInfo,
  CreateMode,
  GetACLResponse,
  KeeperCode,
  OpCode,
  Perms,
  ReconfigRequest,
  SetACLRequest,
  SetWatches,
  SetWatches2,
  type Stat,
  WhoAmIResponse,
} from '@menagerie/core/jute'
import type { CreateOptions } from './client-options.js'
import { AuthFailedError, type KeeperError, keeperError } from './errors.js'
import type { Operation, Request } from './request.js'
import { readOwnBuffer, readStat } from './stat.js'

/** Everybody may do everything: what znodes are created with unless an ACL is given. */
export const OPEN_ACL: readonly ACL[] = Object.freeze([
  Object.freeze({ perms: Perms.ALL, id: Object.freeze({ scheme: 'world', id: 'anyone' }) }),
])

/** Members of the ensemble to change to; see Apache's guide to dynamic reconfiguration. */
export interface ReconfigChange {
  /** Server lines to add, separated by commas. */
  readonly joining?: string | null
  /** Server ids to remove, separated by commas. */
  readonly leaving?: string | null
  /** The whole new list of server lines, instead of the other two. */
  readonly members?: string | null
  /** Only if the present configuration has this version; -1 for any. */
  readonly fromConfig?: number
}

// --- bodies of requests

export function writePath(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
}

function writePathWatch(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writer.bool(request.watcher !== null)
}

export function writePathNumber(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writer.int(request.number)
}

export function writePathDataVersion(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writeData(writer, request.data)
  writer.int(request.number)
}

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

export function writeCreate(writer: JuteWriter, request: Request): void {
  const { acl } = request.extra as CreateExtra
  writer.ustring(request.path)
  writeData(writer, request.data)
  writeAcl(writer, acl)
  writer.int(request.number)
}

export function writeCreateTtl(writer: JuteWriter, request: Request): void {
  writeCreate(writer, request)
  writer.long((request.extra as CreateExtra).ttlMs)
}

function writeData(writer: JuteWriter, data: Uint8Array | null): void {
  // A string would be written as zeros without a word.
  if (data !== null && !(data instanceof Uint8Array)) throw new TypeError('data must be a Uint8Array or null')
  writer.buffer(data)
}

function writeAcl(writer: JuteWriter, acl: readonly ACL[] | null): void {
  if (acl === null) {
    writer.int(-1)
    return
  }
  writer.int(acl.length)
  for (const { perms, id } of acl) {
    writer.int(perms)
    writer.ustring(id.scheme)
    writer.ustring(id.id)
  }
}

// --- bodies of replies

function readNothing(): void {}

function runExtra(_reader: JuteReader, request: Request): unknown {
  const agreed = request.extra as (request: Request) => unknown
  return agreed(request)
}

function readOnlyStat(reader: JuteReader): Stat {
  return readStat(reader)
}

/** A path of the server's, as the client sees it. */
export function readPath(reader: JuteReader, request: Request): string {
  return stripChroot(reader.ustring() ?? '', request.chrootLength)
}

/** Takes the chroot off a path; the chroot itself becomes `/`. */
export function stripChroot(path: string, chrootLength: number): string {
  if (chrootLength === 0) return path
  return path.length <= chrootLength ? '/' : path.slice(chrootLength)
}

function readPathStat(reader: JuteReader, request: Request): { path: string; stat: Stat } {
  return { path: readPath(reader, request), stat: readStat(reader) }
}

export function readDataStat(reader: JuteReader): { data: Uint8Array | null; stat: Stat } {
  return { data: readOwnBuffer(reader), stat: readStat(reader) }
}

export function readNames(reader: JuteReader): string[] {
  const count = reader.vectorLength()
  const names: string[] = []
  for (let i = 0; i < count; i++) names.push(reader.ustring() ?? '')
  return names
}

function readPaths(reader: JuteReader, request: Request): string[] {
  const paths = readNames(reader)
  return request.chrootLength === 0 ? paths : paths.map(path => stripChroot(path, request.chrootLength))
}

// --- refusals

function versionFailure(this: Operation, code: number, request: Request): KeeperError {
  return keeperError(code, this.name, stripChroot(request.path, request.chrootLength), request.number)
}

// --- operations

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

export const DELETE: Operation<void> = {
  opcode: OpCode.delete,
  name: 'delete',
  encode: writePathNumber,
  decode: readNothing,
  failure: versionFailure,
}

export const EXISTS: Operation<Stat | null> = {
  opcode: OpCode.exists,
  name: 'exists',
  encode: writePathWatch,
  decode: readOnlyStat,
  refused: code => (code === KeeperCode.NoNode ? null : undefined),
  watch: 'data',
}

export const GET_DATA: Operation<{ data: Uint8Array | null; stat: Stat }> = {
  opcode: OpCode.getData,
  name: 'getData',
  encode: writePathWatch,
  decode: readDataStat,
  watch: 'data',
}

export const SET_DATA: Operation<Stat> = {
  opcode: OpCode.setData,
  name: 'setData',
  encode: writePathDataVersion,
  decode: readOnlyStat,
  failure: versionFailure,
}

/** Stands only within a multi. */
export const CHECK: Operation<void> = {
  opcode: OpCode.check,
  name: 'check',
  encode: writePathNumber,
  decode: readNothing,
  failure: versionFailure,
}

export const GET_ACL: Operation<{ acl: ACL[]; stat: Stat }> = {
  opcode: OpCode.getACL,
  name: 'getACL',
  encode: writePath,
  decode(reader) {
    const { acl, stat } = GetACLResponse.read(reader)
    return { acl: acl ?? [], stat }
  },
}

export const SET_ACL: Operation<Stat> = {
  opcode: OpCode.setACL,
  name: 'setACL',
  encode(writer, request) {
    SetACLRequest.write(writer, { path: request.path, acl: request.extra as ACL[] | null, version: request.number })
  },
  decode: readOnlyStat,
  failure: versionFailure,
}

export const GET_CHILDREN: Operation<string[]> = {
  opcode: OpCode.getChildren,
  name: 'getChildren',
  encode: writePathWatch,
  decode: readNames,
  watch: 'child',
}

export const GET_CHILDREN2: Operation<{ children: string[]; stat: Stat }> = {
  opcode: OpCode.getChildren2,
  name: 'getChildren',
  encode: writePathWatch,
  decode: reader => ({ children: readNames(reader), stat: readStat(reader) }),
  watch: 'child',
}

export const GET_ALL_CHILDREN_NUMBER: Operation<number> = {
  opcode: OpCode.getAllChildrenNumber,
  name: 'getAllChildrenNumber',
  encode: writePath,
  decode: reader => reader.int(),
}

export const GET_EPHEMERALS: Operation<string[]> = {
  opcode: OpCode.getEphemerals,
  name: 'getEphemerals',
  encode: writePath,
  decode: readPaths,
}

export const SYNC: Operation<string> = { opcode: OpCode.sync, name: 'sync', encode: writePath, decode: readPath }

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const ADD_WATCH: Operation = {
  opcode: OpCode.addWatch,
  name: 'addWatch',
  encode: writePathNumber,
  decode: runExtra,
}

export const CHECK_WATCHES: Operation<void> = {
  opcode: OpCode.checkWatches,
  name: 'checkWatches',
  encode: writePathNumber,
  decode: readNothing,
}

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const REMOVE_WATCHES: Operation = {
  opcode: OpCode.removeWatches,
  name: 'removeWatches',
  encode: writePathNumber,
  decode: runExtra,
}

export const WHO_AM_I: Operation<ClientInfo[]> = {
  opcode: OpCode.whoAmI,
  name: 'whoAmI',
  encode: readNothing,
  decode: reader => WhoAmIResponse.read(reader).clientInfo ?? [],
}

export const RECONFIG: Operation<{ data: Uint8Array | null; stat: Stat }> = {
  opcode: OpCode.reconfig,
  name: 'reconfig',
  encode(writer, request) {
    const change = request.extra as ReconfigChange
    ReconfigRequest.write(writer, {
      joiningServers: change.joining ?? null,
      leavingServers: change.leaving ?? null,
      newMembers: change.members ?? null,
      curConfigId: change.fromConfig ?? -1,
    })
  },
  decode: readDataStat,
}

/** A credential; `extra` of an auth request. */
export interface Credential {
  readonly scheme: string
  readonly credential: Uint8Array
}

export const AUTH: Operation<void> = {
  opcode: OpCode.auth,
  name: 'addAuth',
  encode(writer, request) {
    const { scheme, credential } = request.extra as Credential
    AuthPacket.write(writer, { type: 0, scheme, auth: credential })
  },
  decode: readNothing,
  failure: (code, request) => new AuthFailedError(code, (request.extra as Credential).scheme),
}

/** `extra` is the record. */
export const SET_WATCHES: Operation<void> = {
  opcode: OpCode.setWatches,
  name: 'setWatches',
  encode: (writer, request) => SetWatches.write(writer, request.extra as SetWatches),
  decode: readNothing,
}

/** `extra` is the record. */
export const SET_WATCHES2: Operation<void> = {
  opcode: OpCode.setWatches2,
  name: 'setWatches2',
  encode: (writer, request) => SetWatches2.write(writer, request.extra as SetWatches2),
  decode: readNothing,
}

export const CLOSE_SESSION: Operation<void> = {
  opcode: OpCode.closeSession,
  name: 'close',
  encode: readNothing,
  decode: readNothing,
}

/** The answer to a raw request. */
export interface RawReply {
  readonly xid: number
  readonly zxid: number
  /** A `KeeperCode`. */
  readonly err: number
  /** What follows the reply header. */
  readonly body: Uint8Array
}

/** Any opcode with any body; a refusal is a reply like another. `extra` of the request is the body. */
export function rawOperation(opcode: number): Operation<RawReply> {
  return {
    opcode,
    name: `request ${opcode}`,
    encode: (writer, request) => writer.raw(request.extra as Uint8Array),
    decode: (reader, _request, { xid, zxid, err }) => {
      const body = new Uint8Array(reader.bytes.subarray(reader.position, reader.limit))
      return { xid, zxid, err, body }
    },
    raw: true,
  }
}
