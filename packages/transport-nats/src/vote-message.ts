/**
 * A vote on its way: who sent it, from which start of that server, and how many it has sent before, so that the
 * receiver drops what comes again or late.
 *
 * ```
 * version 1 | ensemble 8 | instance 8 | from 6 | sequence 6 | message
 * ```
 */
import { createHash } from 'node:crypto'
import type { ServerId } from '@menagerie/core'
import { WIRE_VERSION } from './handshake.js'

const HEADER_BYTES = 29

export interface VoteMessage {
  /** {@link ensembleMark} of the sender. */
  readonly mark: string
  /** 16 hexadecimal digits that differ with every start of the sender. */
  readonly instance: string
  readonly from: ServerId
  readonly sequence: number
  readonly message: Uint8Array
}

/** Stands for an ensemble's name where there is no room for it. 16 hexadecimal digits. */
export function ensembleMark(ensemble: string): string {
  return createHash('sha256').update(ensemble).digest('hex').slice(0, 16)
}

export function encodeVote({ mark, instance, from, sequence, message }: VoteMessage): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + message.length)
  bytes[0] = WIRE_VERSION
  bytes.write(mark, 1, 'hex')
  bytes.write(instance, 9, 'hex')
  bytes.writeUIntBE(from, 17, 6)
  bytes.writeUIntBE(sequence, 23, 6)
  bytes.set(message, HEADER_BYTES)
  return bytes
}

/** Undefined for what is no vote of this version. The message is a copy. */
export function decodeVote(data: Uint8Array): VoteMessage | undefined {
  if (data.length < HEADER_BYTES || data[0] !== WIRE_VERSION) return undefined
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
  return {
    mark: bytes.toString('hex', 1, 9),
    instance: bytes.toString('hex', 9, 17),
    from: bytes.readUIntBE(17, 6),
    sequence: bytes.readUIntBE(23, 6),
    message: Uint8Array.prototype.slice.call(data, HEADER_BYTES),
  }
}
