import { FRAME_HEADER_BYTES, MORE, RECORD_HEADER_BYTES } from './frames.js'

/**
 * What waits to be sent on a link, and how much of it the peer has room for.
 *
 * Small packets share a frame; one that is longer than a frame is cut into records of several. The peer counts
 * whole bodies, so a body is never longer than a quarter of the window: with everything taken that was sent, and
 * up to a quarter of the window not reported yet, another frame always fits.
 */
export class Outgoing {
  private packets: Uint8Array[] = []
  /** Packets before this one have been sent. */
  private head = 0
  /** Bytes of the first packet that have been sent. */
  private offset = 0
  private bytes = 0
  private sent = 0
  private consumed = 0
  private window = 0
  private bodyBytesMax = 0

  /** What the peer takes: nothing is sent before. `frameBytesMax` is the longest message on the way to it. */
  agree(windowBytes: number, frameBytesMax: number): void {
    this.window = windowBytes
    this.bodyBytesMax = Math.min(frameBytesMax - FRAME_HEADER_BYTES, Math.floor(windowBytes / 4))
  }

  push(packet: Uint8Array): void {
    this.packets.push(packet)
    this.bytes += packet.length
  }

  /** Bytes of packets that wait. */
  get queuedBytes(): number {
    return this.bytes
  }

  get isEmpty(): boolean {
    return this.head === this.packets.length
  }

  /** Bytes of bodies that the peer has taken so far; false when it cannot have. */
  credit(consumed: number): boolean {
    if (consumed < this.consumed || consumed > this.sent) return false
    this.consumed = consumed
    return true
  }

  /** The next frame with its header left blank; undefined when nothing waits or the peer has no room. */
  next(): Buffer | undefined {
    if (this.isEmpty) return undefined
    const limit = Math.min(this.bodyBytesMax, this.window - (this.sent - this.consumed))
    const plan = this.plan(limit)
    if (plan === 0) return undefined
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + plan)
    this.fill(frame)
    this.sent += plan
    return frame
  }

  clear(): void {
    this.packets = []
    this.head = this.offset = this.bytes = 0
  }

  /** How long a body within `limit` gets: whole packets as they fit, or a piece of one that fits in no frame. */
  private plan(limit: number): number {
    let body = 0
    for (let at = this.head; at < this.packets.length; at++) {
      const length = this.packets[at].length - (at === this.head ? this.offset : 0)
      const record = RECORD_HEADER_BYTES + length
      if (body + record <= limit) {
        body += record
        continue
      }
      const whole = record <= this.bodyBytesMax
      return whole || body > 0 || limit <= RECORD_HEADER_BYTES ? body : limit
    }
    return body
  }

  private fill(frame: Buffer): void {
    for (let at = FRAME_HEADER_BYTES; at < frame.length; ) {
      const packet = this.packets[this.head]
      const left = packet.length - this.offset
      const room = frame.length - at - RECORD_HEADER_BYTES
      const length = Math.min(left, room)
      frame.writeUInt32BE(length < left ? length + MORE : length, at)
      frame.set(packet.subarray(this.offset, this.offset + length), at + RECORD_HEADER_BYTES)
      at += RECORD_HEADER_BYTES + length
      this.bytes -= length
      if (length < left) this.offset += length
      else this.shift()
    }
  }

  private shift(): void {
    this.offset = 0
    this.packets[this.head++] = EMPTY
    if (this.head === this.packets.length || this.head >= 4096) {
      this.packets.splice(0, this.head)
      this.head = 0
    }
  }
}

const EMPTY = new Uint8Array(0)
