/** What servers say to each other while one of them proves who it is (QuorumAuthPacket in zookeeper.jute). */
import { MarshallingError } from '@menagerie/core/jute'

/** As a Java long, in which the negative number that Apache's source has for it is a positive one. */
const AUTH_MAGIC = BigInt.asIntN(64, -0xa0dbcafecafe1234n)
export const MAGIC_BYTES = 8
const HEAD_BYTES = 16
/** Longer tokens are refused unread, as by Java. */
const TOKEN_BYTES_MAX = 4096

export const AuthStatus = { inProgress: 0, success: 1, error: -1 } as const

export interface AuthPacket {
  readonly status: number
  readonly token: Uint8Array
}

export function encodeAuthPacket(status: number, token: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + token.length)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, AUTH_MAGIC)
  view.setInt32(MAGIC_BYTES, status)
  view.setInt32(MAGIC_BYTES + 4, token.length)
  bytes.set(token, HEAD_BYTES)
  return bytes
}

/** Whether these bytes begin such a packet; undefined while there are too few of them. */
export function beginsAuthPacket(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < MAGIC_BYTES) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0) === AUTH_MAGIC
}

/** Gathers packets from the pieces in which they come. */
export class AuthPacketReader {
  /** What has come and is in no packet yet. */
  rest: Uint8Array = new Uint8Array(0)

  push(chunk: Uint8Array): void {
    const whole = new Uint8Array(this.rest.length + chunk.length)
    whole.set(this.rest)
    whole.set(chunk, this.rest.length)
    this.rest = whole
  }

  /** The next packet, once it is complete. @throws MarshallingError */
  take(): AuthPacket | undefined {
    const { rest } = this
    if (beginsAuthPacket(rest) === false) throw new MarshallingError('what is no packet of an authentication')
    if (rest.length < HEAD_BYTES) return undefined
    const view = new DataView(rest.buffer, rest.byteOffset)
    const length = Math.max(view.getInt32(MAGIC_BYTES + 4), 0)
    if (length > TOKEN_BYTES_MAX) throw new MarshallingError(`a token of ${length} bytes, above ${TOKEN_BYTES_MAX}`)
    if (rest.length < HEAD_BYTES + length) return undefined
    this.rest = rest.subarray(HEAD_BYTES + length)
    return { status: view.getInt32(MAGIC_BYTES), token: rest.subarray(HEAD_BYTES, HEAD_BYTES + length) }
  }
}
