import { decodePacket, PacketType, type QuorumPacket, SNAPSHOT_SIGNATURE } from '../../zab/packets/index.js'

/**
 * Reads along in one direction of a link. Between a SNAP and the signature at the end of the snapshot there are no
 * packets, only chunks.
 */
export class PacketWatch {
  private inSnapshot = false

  constructor(private readonly seen: (packet: QuorumPacket) => void) {}

  next(bytes: Uint8Array): void {
    if (this.inSnapshot) {
      this.inSnapshot = !isSignature(bytes)
      return
    }
    const packet = decodePacket(bytes)
    this.inSnapshot = packet.type === PacketType.SNAP
    this.seen(packet)
  }
}

function isSignature(bytes: Uint8Array): boolean {
  return (
    bytes.length === SNAPSHOT_SIGNATURE.length && SNAPSHOT_SIGNATURE.every((byte, position) => byte === bytes[position])
  )
}
