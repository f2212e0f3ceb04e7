/** What stands in the data of packets other than transactions. */
import { JuteReader } from '../../jute/reader.js'
import type { Id } from '../../jute/records.js'
import { JuteWriter } from '../../jute/writer.js'
import { AuthInfo, PacketType } from './quorum-packet.js'

/** A client's request, on its way from a learner to the leader (REQUEST). */
export interface ForwardedRequest {
  readonly session: bigint
  readonly cxid: number
  readonly opcode: number
  readonly body: Uint8Array
}

/** Of a request's data before its record: session, cxid, opcode. */
const REQUEST_HEAD_BYTES = 16

/** A whole REQUEST: a write of a client, on its way to the leader, and who the client is, where that counts. */
export function writeRequest(
  writer: JuteWriter,
  { session, cxid, opcode, body }: ForwardedRequest,
  authInfo: readonly Id[] | null,
): void {
  writer.int(PacketType.REQUEST)
  writer.long(-1)
  writer.int(REQUEST_HEAD_BYTES + body.length)
  writer.long64(session)
  writer.int(cxid)
  writer.int(opcode)
  writer.raw(body)
  AuthInfo.write(writer, authInfo as Id[] | null)
}

/** The body is a view. @throws MarshallingError */
export function decodeRequest(data: Uint8Array | null): ForwardedRequest {
  const reader = new JuteReader(data ?? new Uint8Array(0))
  const session = reader.long64()
  const cxid = reader.int()
  const opcode = reader.int()
  return { session, cxid, opcode, body: reader.bytes.subarray(reader.position, reader.limit) }
}

/** A session and its timeout in milliseconds: one to be revalidated, or one that a learner has heard of. */
export interface SessionTimeout {
  readonly session: bigint
  readonly timeoutMs: number
}

/** Any number of them, one behind the other (the answer to a PING holds all that were touched). */
export function encodeTimeouts(timeouts: readonly SessionTimeout[]): Uint8Array {
  const writer = new JuteWriter(12 * timeouts.length)
  for (const { session, timeoutMs } of timeouts) {
    writer.long64(session)
    writer.int(timeoutMs)
  }
  return writer.take()
}

/** @throws MarshallingError for a list that is cut short */
export function decodeTimeouts(data: Uint8Array | null): SessionTimeout[] {
  const timeouts: SessionTimeout[] = []
  if (data === null) return timeouts
  const reader = new JuteReader(data)
  while (reader.remaining > 0) timeouts.push({ session: reader.long64(), timeoutMs: reader.int() })
  return timeouts
}

/** A question of REVALIDATE. */
export interface Revalidation extends SessionTimeout {
  /** The connection is one from before this term. A byte says so that Apache's leaders do not read. */
  readonly isHeld: boolean
}

export function encodeRevalidation({ session, timeoutMs, isHeld }: Revalidation): Uint8Array {
  const writer = new JuteWriter(13)
  writer.long64(session)
  writer.int(timeoutMs)
  if (isHeld) writer.bool(true)
  return writer.take()
}

/** @throws MarshallingError */
export function decodeRevalidation(data: Uint8Array | null): Revalidation {
  const reader = new JuteReader(data ?? new Uint8Array(0))
  return { session: reader.long64(), timeoutMs: reader.int(), isHeld: reader.remaining > 0 && reader.bool() }
}

/** The leader's answer to REVALIDATE. */
export function encodeValidity(session: bigint, valid: boolean): Uint8Array {
  const writer = new JuteWriter(9)
  writer.long64(session)
  writer.bool(valid)
  return writer.take()
}

/** @throws MarshallingError */
export function decodeValidity(data: Uint8Array | null): { readonly session: bigint; readonly valid: boolean } {
  const reader = new JuteReader(data ?? new Uint8Array(0))
  return { session: reader.long64(), valid: reader.bool() }
}

/** A long in jute, such as the id of a session. */
export function encodeLong(value: number): Uint8Array {
  const writer = new JuteWriter(8)
  writer.long(value)
  return writer.take()
}

/** @throws MarshallingError */
export function decodeLong(data: Uint8Array | null): number {
  return new JuteReader(data ?? new Uint8Array(0)).long()
}

/** An int in jute, such as a timeout. */
export function encodeInt(value: number): Uint8Array {
  const writer = new JuteWriter(4)
  writer.int(value)
  return writer.take()
}

/** @throws MarshallingError */
export function decodeInt(data: Uint8Array | null): number {
  return new JuteReader(data ?? new Uint8Array(0)).int()
}

const COMMITS_ITSELF = 0x4d454e01

/**
 * What a follower says with its ACK of UPTODATE that commits by itself: it takes {@link PacketType.COMMITTHROUGH} and
 * {@link PacketType.COMMITONCEDURABLE}. Apache's leaders look at no data of an ACK, and send neither.
 */
export function encodeCommitsItself(): Uint8Array {
  return encodeInt(COMMITS_ITSELF)
}

/** Whether the data of an ACK say so. */
export function commitsItself(data: Uint8Array | null): boolean {
  return data?.length === 4 && decodeInt(data) === COMMITS_ITSELF
}
