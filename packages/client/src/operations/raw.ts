/** Requests by hand. */
import type { Operation } from '../request.js'
import { checkBytes } from './bodies.js'

/** The answer to a raw request. */
export interface RawReply {
  /** Of the request. */
  readonly xid: number
  /** The last transaction that the server had seen. */
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
    encode(writer, request) {
      checkBytes(request, 'body', request.extra)
      writer.raw(request.extra as Uint8Array)
    },
    decode: (reader, _request, { xid, zxid, err }) => {
      const body = new Uint8Array(reader.bytes.subarray(reader.position, reader.limit))
      return { xid, zxid, err, body }
    },
    raw: true,
  }
}
