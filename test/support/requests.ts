import {
  type ACL,
  AuthPacket,
  type Codec,
  ConnectRequest,
  CreateRequest,
  CreateTTLRequest,
  int,
  JuteWriter,
  MultiHeader,
  OpCode,
  PathModeRequest,
  PathRequest,
  PathVersionRequest,
  PathWatchRequest,
  Perms,
  ReconfigRequest,
  record,
  SetACLRequest,
  SetDataRequest,
  SetWatches,
  SetWatches2,
} from '@menagerie/core/jute'

/** Bodies of requests, so that a test spells what it sends and nothing else. */

export const OPEN_ACL: ACL[] = [{ perms: Perms.ALL, id: { scheme: 'world', id: 'anyone' } }]

export const acl = (perms: number, scheme: string, id: string): ACL => ({ perms, id: { scheme, id } })

function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new JuteWriter()
  codec.write(writer, value)
  return writer.take()
}

/** Text as bytes; null stays null, which is not the same as empty on the wire. */
const bytes = (text: string | Uint8Array | null): Uint8Array | null =>
  typeof text === 'string' ? Buffer.from(text) : text

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
export const int32 = (value: number): Uint8Array => encode(int, value)

const RequestHeader = record({ xid: int, type: int })
export const header = (xid: number, type: number): Uint8Array => encode(RequestHeader, { xid, type })

export interface ConnectOptions {
  protocolVersion?: number
  lastZxidSeen?: number
  timeoutMs?: number
  sessionId?: bigint
  passwd?: Uint8Array | null
  /** The byte that clients since 3.4 append; null leaves it out. */
  readOnly?: boolean | null
}

export function connectRequest(options: ConnectOptions = {}): Uint8Array {
  const body = encode(ConnectRequest, {
    protocolVersion: options.protocolVersion ?? 0,
    lastZxidSeen: options.lastZxidSeen ?? 0,
    timeOut: options.timeoutMs ?? 30_000,
    sessionId: options.sessionId ?? 0n,
    passwd: options.passwd === undefined ? new Uint8Array(16) : options.passwd,
  })
  const { readOnly = false } = options
  return readOnly === null ? body : concat(body, Uint8Array.of(readOnly ? 1 : 0))
}

export interface CreateOptions {
  data?: string | Uint8Array | null
  acl?: ACL[] | null
  flags?: number
}

export const createBody = (path: string, o: CreateOptions = {}): Uint8Array =>
  encode(CreateRequest, {
    path,
    data: bytes(o.data === undefined ? '' : o.data),
    acl: o.acl === undefined ? OPEN_ACL : o.acl,
    flags: o.flags ?? 0,
  })
export const createTtlBody = (path: string, ttl: number, o: CreateOptions = {}): Uint8Array =>
  encode(CreateTTLRequest, {
    path,
    data: bytes(o.data === undefined ? '' : o.data),
    acl: o.acl === undefined ? OPEN_ACL : o.acl,
    flags: o.flags ?? 5,
    ttl,
  })
export const pathBody = (path: string): Uint8Array => encode(PathRequest, { path })
export const pathWatchBody = (path: string, watch: boolean): Uint8Array => encode(PathWatchRequest, { path, watch })
export const pathVersionBody = (path: string, version: number): Uint8Array =>
  encode(PathVersionRequest, { path, version })
export const pathModeBody = (path: string, mode: number): Uint8Array => encode(PathModeRequest, { path, mode })
export const setDataBody = (path: string, data: string | Uint8Array | null, version: number): Uint8Array =>
  encode(SetDataRequest, { path, data: bytes(data), version })
export const setAclBody = (path: string, acl: ACL[] | null, version: number): Uint8Array =>
  encode(SetACLRequest, { path, acl, version })
export const authBody = (scheme: string | null, auth: string | Uint8Array | null, type = 0): Uint8Array =>
  encode(AuthPacket, { type, scheme, auth: bytes(auth) })
export const setWatchesBody = (value: SetWatches): Uint8Array => encode(SetWatches, value)
export const setWatches2Body = (value: SetWatches2): Uint8Array => encode(SetWatches2, value)
export const reconfigBody = (
  joiningServers: string | null,
  leavingServers: string | null,
  newMembers: string | null,
  curConfigId = -1,
): Uint8Array => encode(ReconfigRequest, { joiningServers, leavingServers, newMembers, curConfigId })

/** One operation of a multi or multiRead: its opcode and its body. */
export type Operation = readonly [opcode: number, body: Uint8Array]

export const op = {
  create: (path: string, o?: CreateOptions): Operation => [OpCode.create, createBody(path, o)],
  create2: (path: string, o?: CreateOptions): Operation => [OpCode.create2, createBody(path, o)],
  createContainer: (path: string, o?: CreateOptions): Operation => [
    OpCode.createContainer,
    createBody(path, { flags: 4, ...o }),
  ],
  createTtl: (path: string, ttl: number, o?: CreateOptions): Operation => [
    OpCode.createTTL,
    createTtlBody(path, ttl, o),
  ],
  delete: (path: string, version = -1): Operation => [OpCode.delete, pathVersionBody(path, version)],
  setData: (path: string, data: string | null, version = -1): Operation => [
    OpCode.setData,
    setDataBody(path, data, version),
  ],
  check: (path: string, version: number): Operation => [OpCode.check, pathVersionBody(path, version)],
  getData: (path: string): Operation => [OpCode.getData, pathWatchBody(path, false)],
  getChildren: (path: string): Operation => [OpCode.getChildren, pathWatchBody(path, false)],
}

export const multiHeader = (type: number, done: boolean, err: number): Uint8Array =>
  encode(MultiHeader, { type, done, err })

export function multiBody(operations: readonly Operation[]): Uint8Array {
  const parts = operations.flatMap(([type, body]) => [multiHeader(type, false, -1), body])
  return concat(...parts, multiHeader(-1, true, -1))
}
