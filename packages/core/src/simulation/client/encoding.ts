import { AddWatchMode, CreateMode, OpCode, Xid } from '../../jute/codes.js'
import {
  AuthPacket,
  ConnectRequest,
  CreateRequest as CreateRecord,
  MultiHeader,
  PathModeRequest,
  PathRequest,
  PathVersionRequest,
  PathWatchRequest,
  ReconfigRequest,
  SetDataRequest,
  SetWatches2,
} from '../../jute/records.js'
import { encodeUtf8 } from '../../jute/utf8.js'
import { JuteWriter, putInt } from '../../jute/writer.js'
import type { Zxid } from '../../zxid.js'
import type { CreateKind, MultiPart, Request } from '../history/index.js'

const OPEN_ACL = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]

const FLAGS: Readonly<Record<CreateKind, number>> = {
  persistent: CreateMode.PERSISTENT,
  ephemeral: CreateMode.EPHEMERAL,
  persistentSequential: CreateMode.PERSISTENT_SEQUENTIAL,
  ephemeralSequential: CreateMode.EPHEMERAL_SEQUENTIAL,
}

export interface SessionCredentials {
  readonly id: bigint
  readonly password: Uint8Array
}

/** A connect request, framed. */
export function encodeConnect(session: SessionCredentials, timeoutMs: number, lastZxidSeen: Zxid): Uint8Array {
  return framed(writer => {
    ConnectRequest.write(writer, {
      protocolVersion: 0,
      lastZxidSeen,
      timeOut: timeoutMs,
      sessionId: session.id,
      passwd: session.password,
    })
    writer.bool(false)
  })
}

/** A request, framed. */
export function encodeRequest(xid: number, request: Request): Uint8Array {
  return framed(writer => {
    writer.int(xid)
    writer.int(opcodeOf(request))
    writeBody(writer, request)
  })
}

/** Says by the digest scheme who the client is, framed. */
export function encodeDigestAuth(userAndPassword: string): Uint8Array {
  return framed(writer => {
    writer.int(Xid.auth)
    writer.int(OpCode.auth)
    AuthPacket.write(writer, { type: 0, scheme: 'digest', auth: encodeUtf8(userAndPassword) })
  })
}

function opcodeOf(request: Request | MultiPart): number {
  switch (request.kind) {
    case 'create':
      return OpCode.create2
    case 'getChildren':
      return OpCode.getChildren2
    case 'setWatches':
      return OpCode.setWatches2
    case 'close':
      return OpCode.closeSession
    default:
      return OpCode[request.kind]
  }
}

function writeBody(writer: JuteWriter, request: Request | MultiPart): void {
  switch (request.kind) {
    case 'create': {
      const { path, data, mode } = request
      CreateRecord.write(writer, { path, data: encodeUtf8(data), acl: OPEN_ACL, flags: FLAGS[mode] })
      return
    }
    case 'setData':
      SetDataRequest.write(writer, { ...request, data: encodeUtf8(request.data) })
      return
    case 'delete':
    case 'check':
      PathVersionRequest.write(writer, request)
      return
    case 'multi':
      for (const part of request.parts) {
        MultiHeader.write(writer, { type: opcodeOf(part), done: false, err: -1 })
        writeBody(writer, part)
      }
      MultiHeader.write(writer, { type: -1, done: true, err: -1 })
      return
    case 'getData':
    case 'exists':
    case 'getChildren':
      PathWatchRequest.write(writer, request)
      return
    case 'reconfig':
      ReconfigRequest.write(writer, request)
      return
    case 'addWatch':
      PathModeRequest.write(writer, {
        path: request.path,
        mode: request.recursive ? AddWatchMode.PersistentRecursive : AddWatchMode.Persistent,
      })
      return
    case 'setWatches':
      SetWatches2.write(writer, {
        relativeZxid: request.relativeZxid,
        dataWatches: [...request.data],
        existWatches: [...request.exist],
        childWatches: [...request.child],
        persistentWatches: [...request.persistent],
        persistentRecursiveWatches: [...request.recursive],
      })
      return
    case 'sync':
      PathRequest.write(writer, request)
      return
    case 'ping':
    case 'close':
  }
}

function framed(write: (writer: JuteWriter) => void): Uint8Array {
  const writer = new JuteWriter(128)
  writer.int(0)
  write(writer)
  putInt(writer.bytes, 0, writer.position - 4)
  return writer.take()
}
