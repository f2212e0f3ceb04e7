import { CreateRequest, JuteWriter, OpCode, PathWatchRequest, Perms, SetDataRequest } from '@menagerie/core/jute'

/** Where the xid stands in a frame: behind the length. */
export const XID_AT = 4

const OPEN_ACL = [{ perms: Perms.ALL, id: { scheme: 'world', id: 'anyone' } }]

/** A frame of a new session: no session id, the readOnly byte included. */
export function connectFrame(timeoutMs: number): Buffer {
  return frame(writer => {
    writer.int(0)
    writer.long(0)
    writer.int(timeoutMs)
    writer.long(0)
    writer.buffer(new Uint8Array(16))
    writer.bool(false)
  })
}

export function getDataFrame(path: string, watch = false): Buffer {
  return request(OpCode.getData, writer => PathWatchRequest.write(writer, { path, watch }))
}

export function setDataFrame(path: string, data: Uint8Array): Buffer {
  return request(OpCode.setData, writer => SetDataRequest.write(writer, { path, data, version: -1 }))
}

export function createFrame(path: string, data: Uint8Array): Buffer {
  return request(OpCode.create, writer => CreateRequest.write(writer, { path, data, acl: OPEN_ACL, flags: 0 }))
}

export function closeFrame(): Buffer {
  return request(OpCode.closeSession, () => {})
}

/** Bytes that are neither all alike nor different from run to run. */
export function filler(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => 33 + ((index * 7 + (index >> 3)) % 90))
}

function request(type: number, body: (writer: JuteWriter) => void): Buffer {
  return frame(writer => {
    writer.int(0)
    writer.int(type)
    body(writer)
  })
}

function frame(body: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter(128)
  writer.int(0)
  body(writer)
  const bytes = Buffer.from(writer.take())
  bytes.writeInt32BE(bytes.length - 4, 0)
  return bytes
}
