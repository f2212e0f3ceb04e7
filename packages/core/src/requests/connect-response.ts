import type { Output } from './output.js'

/** Length, protocol version, timeout, session id, and a password of 16 bytes with its length. */
const RESPONSE_BYTES = 40
const PASSWORD_BYTES = 16

/** What a client is told of the session that it has got. */
export interface GrantedSession {
  readonly timeoutMs: number
  readonly id: bigint
  readonly password: Uint8Array
}

/** What a client gets instead whose session is over, or who does not know its password. */
export const NO_SESSION: GrantedSession = { timeoutMs: 0, id: 0n, password: new Uint8Array(PASSWORD_BYTES) }

/** @param readOnly null for a client that does not know of it: those before 3.4 do not */
export function writeConnectResponse(out: Output, granted: GrantedSession, readOnly: boolean | null): void {
  const length = readOnly === null ? RESPONSE_BYTES : RESPONSE_BYTES + 1
  const at = out.reserve(length)
  const { bytes } = out
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length)
  view.setInt32(0, length - 4)
  view.setInt32(4, 0)
  view.setInt32(8, granted.timeoutMs)
  view.setBigInt64(12, granted.id)
  view.setInt32(20, PASSWORD_BYTES)
  bytes.set(granted.password, at + 24)
  if (readOnly !== null) bytes[at + RESPONSE_BYTES] = readOnly ? 1 : 0
}
