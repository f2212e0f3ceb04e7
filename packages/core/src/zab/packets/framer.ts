import { PacketExtent, readInt } from './packet-extent.js'
import { PacketType } from './quorum-packet.js'
import { SnapshotStreamScanner } from './snapshot-stream.js'

/** Twice jute.maxbuffer, which Apache takes for one buffer as well (jute.maxbuffer.extrasize is as much again). */
export const PACKET_BYTES_MAX = 2 * 0xfffff

/** A split packet up to this size gets its whole array at once. */
const EAGER_BYTES = 4096
/** How much larger than the bytes received the array of a split packet may be. */
const GROWTH = 4

/**
 * Cuts one direction of a link into QuorumPackets, and a snapshot that follows a packet of type SNAP into
 * chunks (Learner.java reads both from one stream). Pure: no socket and no clock.
 *
 * Nothing is copied but packets that a chunk of the socket cuts in two; those are copied once or twice in
 * all, however small the pieces. What is handed over is a view of the chunk, so whoever keeps a packet keeps
 * the chunk alive, and whoever keeps many small ones copies them.
 */
export class PacketFramer {
  private readonly extent: PacketExtent
  private snapshot: SnapshotStreamScanner | undefined
  /** The beginning of a packet whose rest has not come: the array, and how much of it is filled. */
  private held: Uint8Array | undefined
  private heldBytes = 0
  private stopped = false

  /** @param packetBytesMax The most that a packet's data, or its authinfo, may have. */
  constructor(private readonly packetBytesMax = PACKET_BYTES_MAX) {
    this.extent = new PacketExtent(packetBytesMax)
  }

  /** The stream may end here: no packet and no snapshot is under way. */
  get atBoundary(): boolean {
    return this.held === undefined && this.snapshot === undefined
  }

  /** Hands over nothing more: neither the rest of the present chunk nor a later one. */
  stop(): void {
    this.stopped = true
    this.held = undefined
  }

  /**
   * Hands every packet that `chunk` completes, and every piece of a snapshot, to `sink` in order. The caller
   * gives the array away.
   * @throws MarshallingError the stream is no stream of packets; what stands before the fault has been handed
   * over, and nothing more will be
   */
  push(chunk: Uint8Array, sink: (bytes: Uint8Array) => void): void {
    try {
      this.cut(chunk, sink)
    } catch (error) {
      this.stop()
      throw error
    }
  }

  private cut(chunk: Uint8Array, sink: (bytes: Uint8Array) => void): void {
    let at = 0
    while (at < chunk.length && !this.stopped) {
      if (this.snapshot !== undefined) at = this.passSnapshot(this.snapshot, chunk, at, sink)
      else if (this.held !== undefined) at = this.fill(chunk, at, sink)
      else if (this.extent.scan(chunk, at, chunk.length - at)) {
        const end = at + this.extent.needed
        this.finish(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end), sink)
        at = end
      } else {
        this.hold(chunk, at)
        return
      }
    }
  }

  private passSnapshot(
    scanner: SnapshotStreamScanner,
    chunk: Uint8Array,
    at: number,
    sink: (bytes: Uint8Array) => void,
  ): number {
    const end = scanner.push(chunk, at)
    if (scanner.done) this.snapshot = undefined
    sink(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end))
    return end
  }

  private hold(chunk: Uint8Array, at: number): void {
    this.heldBytes = chunk.length - at
    this.held = new Uint8Array(this.capacity())
    this.held.set(chunk.subarray(at))
  }

  /** Copies what belongs to the packet under way; returns where the rest of the chunk starts. */
  private fill(chunk: Uint8Array, at: number, sink: (bytes: Uint8Array) => void): number {
    const { extent } = this
    const count = Math.min(extent.needed - this.heldBytes, chunk.length - at)
    const piece = chunk.subarray(at, at + count)
    const filled = this.heldBytes
    this.heldBytes += count
    if (this.heldBytes > this.held!.length) {
      const larger = new Uint8Array(this.capacity())
      larger.set(this.held!.subarray(0, filled))
      this.held = larger
    }
    const held = this.held!
    held.set(piece, filled)
    if (extent.scan(held, 0, this.heldBytes)) {
      this.held = undefined
      this.finish(held.subarray(0, extent.needed), sink)
    }
    return at + count
  }

  private finish(packet: Uint8Array, sink: (bytes: Uint8Array) => void): void {
    this.extent.restart()
    if (readInt(packet, 0) === PacketType.SNAP) this.snapshot = new SnapshotStreamScanner(this.packetBytesMax)
    sink(packet)
  }

  /**
   * How large the array of a split packet should be. A length is only a claim: a few bytes must not be able
   * to reserve a megabyte, and a large packet must not be copied again for each piece.
   */
  private capacity(): number {
    const { needed, mayGrow } = this.extent
    const bound = mayGrow ? Math.max(needed, 2 * this.heldBytes) : needed
    return Math.max(this.heldBytes, Math.min(bound, Math.max(EAGER_BYTES, this.heldBytes * GROWTH)))
  }
}
