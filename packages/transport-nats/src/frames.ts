/**
 * What one NATS message of a link holds.
 *
 * ```
 * kind 1 | sequence 6 | consumed 6 | body
 * ```
 *
 * Sequence numbers count the messages of one direction from 1 on; a message that is lost, repeated or overtaken
 * shows in them. `consumed` says how many bytes of bodies the sender of this frame has taken off the link so far:
 * what the other end may have sent beyond that is bounded by the window agreed on.
 *
 * The body of DATA is a row of records, each with 4 bytes of length in front. The length's highest bit says that
 * the packet goes on in the next record. DATA without records is a heartbeat. FIN ends a link in good order, and
 * has no body. BREAK ends it at once, whatever the sequence; its body is the reason, in UTF-8.
 */

export const FrameKind = { DATA: 1, FIN: 2, BREAK: 3 } as const

export const FRAME_HEADER_BYTES = 13
export const RECORD_HEADER_BYTES = 4
/** In a record's length: the packet goes on. */
export const MORE = 0x8000_0000

export interface Frame {
  readonly kind: number
  readonly sequence: number
  readonly consumed: number
  readonly body: Uint8Array
}

/** What a peer sent cannot be, so the link breaks with this message as its reason. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Writes the header in front of a body that lies in the same array. */
export function putHeader(frame: Buffer, kind: number, sequence: number, consumed: number): void {
  frame[0] = kind
  frame.writeUIntBE(sequence, 1, 6)
  frame.writeUIntBE(consumed, 7, 6)
}

export function encodeFrame(kind: number, sequence: number, consumed: number, body?: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + (body?.length ?? 0))
  putHeader(frame, kind, sequence, consumed)
  if (body !== undefined) frame.set(body, FRAME_HEADER_BYTES)
  return frame
}

/** The body is a view. @throws FrameError */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.length < FRAME_HEADER_BYTES)
    throw new FrameError(`a message of ${message.length} bytes, too short for a frame`)
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
  return {
    kind: bytes[0],
    sequence: bytes.readUIntBE(1, 6),
    consumed: bytes.readUIntBE(7, 6),
    body: message.subarray(FRAME_HEADER_BYTES),
  }
}
