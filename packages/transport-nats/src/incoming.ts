import { type Frame, FrameError, FrameKind, MORE, RECORD_HEADER_BYTES } from './frames.js'

/** Bounds on what a peer may send. */
export interface IncomingLimits {
  /** Bytes of bodies that may have arrived and not been taken. */
  readonly windowBytes: number
  readonly packetBytesMax: number
}

/** Something that the owner of the link takes: a packet, and how many bytes of bodies it was the last of. */
export interface Arrival {
  readonly packet: Uint8Array
  readonly cost: number
}

/**
 * The receiving half of a link: notices gaps, joins what was cut, and keeps the peer to its window.
 *
 * A packet may be longer than the window. Its pieces therefore count as taken while they gather, but only as long
 * as nothing else waits to be taken: what is held for a receiver that takes nothing is at most one packet of the
 * full length and one window.
 */
export class Incoming {
  private sequence = 0
  private received = 0
  private taken = 0
  private reported = 0
  private pieces: Uint8Array[] = []
  private piecesBytes = 0
  private piecesCost = 0
  /** Arrivals that have not been taken. */
  private waiting = 0

  constructor(private readonly limits: IncomingLimits) {}

  /** Bytes of bodies taken off the link: what goes into the next frame to the peer. */
  get consumed(): number {
    return this.taken
  }

  /** Whether the peer should hear of what was taken before it runs out of room. */
  get isReportDue(): boolean {
    return this.taken - this.reported >= this.limits.windowBytes / 4
  }

  reportedNow(): void {
    this.reported = this.taken
  }

  took({ cost }: Arrival): void {
    this.taken += cost
    this.waiting--
    this.releasePieces()
  }

  /** Packets that are complete with this frame. @throws FrameError */
  accept({ kind, sequence, body }: Frame): Arrival[] {
    const expected = this.sequence + 1
    if (sequence !== expected) throw new FrameError(describeGap(expected, sequence))
    this.sequence = sequence
    if (kind === FrameKind.FIN) {
      if (this.piecesBytes > 0 || body.length > 0) throw new FrameError('it was closed in the middle of a packet')
      return []
    }
    if (kind !== FrameKind.DATA) throw new FrameError(`a frame of unknown kind ${kind}`)
    this.received += body.length
    if (this.received - this.taken > this.limits.windowBytes)
      throw new FrameError(`more than the ${this.limits.windowBytes} bytes that it may send ahead`)
    const arrivals = this.records(body)
    this.waiting += arrivals.length
    this.releasePieces()
    return arrivals
  }

  private releasePieces(): void {
    if (this.waiting > 0) return
    this.taken += this.piecesCost
    this.piecesCost = 0
  }

  private records(body: Uint8Array): Arrival[] {
    const arrivals: Arrival[] = []
    for (let at = 0; at < body.length; ) {
      if (body.length - at < RECORD_HEADER_BYTES) throw new FrameError('a record cut short in its header')
      const word = body[at] * 0x100_0000 + ((body[at + 1] << 16) | (body[at + 2] << 8) | body[at + 3])
      const length = word >= MORE ? word - MORE : word
      const start = at + RECORD_HEADER_BYTES
      at = start + length
      if (at > body.length)
        throw new FrameError(`a record of ${length} bytes of which ${body.length - start} are there`)
      if (this.piecesBytes + length > this.limits.packetBytesMax)
        throw new FrameError(`a packet longer than ${this.limits.packetBytesMax} bytes (packetBytesMax)`)
      const arrival = this.record(body.subarray(start, at), word >= MORE)
      if (arrival !== undefined) arrivals.push(arrival)
    }
    return arrivals
  }

  private record(bytes: Uint8Array, more: boolean): Arrival | undefined {
    const cost = RECORD_HEADER_BYTES + bytes.length
    if (!more && this.pieces.length === 0) return { packet: bytes, cost }
    if (bytes.length === 0) throw new FrameError('an empty piece of a packet')
    this.pieces.push(bytes)
    this.piecesBytes += bytes.length
    this.piecesCost += cost
    if (more) return undefined
    const arrival = { packet: Buffer.concat(this.pieces, this.piecesBytes), cost: this.piecesCost }
    this.pieces = []
    this.piecesBytes = this.piecesCost = 0
    return arrival
  }
}

function describeGap(expected: number, found: number): string {
  if (found > expected) return `messages ${expected} to ${found - 1} were lost`
  return `message ${found} came again, or late (expected ${expected})`
}
