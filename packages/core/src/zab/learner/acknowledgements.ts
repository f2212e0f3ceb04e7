import type { PeerLink } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { History } from '../history.js'
import { encodePacket, PacketType } from '../packets/index.js'

/**
 * The ACKs that a follower owes its leader: one for each proposal, in order, and not before its record is durable nor
 * before NEWLEADER is acknowledged. Apache's leader counts votes for each zxid, not cumulatively.
 */
export class Acknowledgements {
  private unacked: Zxid[] = []
  private begun = false

  constructor(
    private readonly link: PeerLink,
    private readonly history: History,
  ) {}

  /** Whether NEWLEADER is acknowledged. */
  get hasBegun(): boolean {
    return this.begun
  }

  /** A proposal has been appended to the log. */
  owe(zxid: Zxid): void {
    this.unacked.push(zxid)
  }

  /** NEWLEADER is acknowledged. What is committed by now needs no vote any more. */
  begin(): void {
    this.begun = true
    this.unacked = this.unacked.filter(zxid => zxid > this.history.committed)
    this.settle()
  }

  /** Acknowledges what is durable by now. */
  settle(): void {
    if (!this.begun) return
    const { durable } = this.history
    let count = 0
    while (count < this.unacked.length && this.unacked[count] <= durable) {
      this.link.send(encodePacket(PacketType.ACK, this.unacked[count++]))
    }
    if (count === 0) return
    this.unacked.splice(0, count)
    this.link.flush?.()
  }
}
