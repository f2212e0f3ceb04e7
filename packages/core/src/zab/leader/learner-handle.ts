import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import { encodePacket, PacketType } from '../packets/index.js'

/** How far a learner has come in the handshake. */
export type LearnerPhase =
  /** Has not said who it is. */
  | 'new'
  /** Claims the id of a learner that is in step on another link. */
  | 'contending'
  /** Waits for the epoch to be settled. */
  | 'epoch'
  /** Has been told the epoch. */
  | 'acking-epoch'
  /** Has accepted the epoch, and waits for a quorum to do so. */
  | 'ready'
  /** Is being brought to the leader's history. */
  | 'synchronising'
  /** Has been sent NEWLEADER. */
  | 'new-leader'
  /** Has acknowledged NEWLEADER: its votes count. */
  | 'active'
  | 'gone'

/**
 * A leader's view of one learner: who it is, how far it is, and what waits for it (the state of Apache's
 * LearnerHandler, without its threads).
 */
export class LearnerHandle {
  id: ServerId = -1
  kind: 'follower' | 'observer' = 'follower'
  phase: LearnerPhase = 'new'
  lastHeardAt: number
  /** What it said of itself in FOLLOWERINFO and ACKEPOCH. */
  acceptedEpoch = 0
  peerLast: Zxid = 0
  /** Every proposal up to here is durable at the learner. */
  acked: Zxid = 0
  /** It follows by how far the history is committed, rather than by a COMMIT for each transaction. */
  commitsItself = false
  /** Up to here it knows that the history is committed. */
  toldCommitted: Zxid = 0
  /** Up to here it commits what it has made durable. */
  promised: Zxid = 0
  /** The last proposal when a client of it had asked for a write. */
  awaits: Zxid = 0
  /** The latest round of pings that it has answered. */
  confirmedRound = 0
  /** Packets and chunks of the synchronisation that it has been sent: it says nothing itself while it takes them. */
  sent = 0
  /** {@link sent} at the last look. */
  private sentBefore = 0
  /** Of the oldest proposal that it has not acknowledged, the time it was sent; 0 with none. */
  unackedSince = 0
  /** Proposals and commits that are held back until the synchronisation has been sent. */
  private backlog: { readonly packet: Uint8Array; readonly zxid: Zxid }[] | null = null

  constructor(
    readonly link: PeerLink,
    now: number,
  ) {
    this.lastHeardAt = now
  }

  /** For logs. */
  get name(): string {
    return this.id === -1 ? this.link.remote : `${this.kind} ${this.id}`
  }

  get isGone(): boolean {
    return this.phase === 'gone'
  }

  /** Whether proposals and commits go to it. */
  get isForwarded(): boolean {
    return this.phase === 'synchronising' || this.phase === 'new-leader' || this.phase === 'active'
  }

  /** From here on packets of the broadcast wait, behind those of the synchronisation. */
  beginSynchronisation(): void {
    this.phase = 'synchronising'
    this.backlog = []
  }

  /** The synchronisation has been sent, up to and including NEWLEADER: what has waited follows it. */
  endSynchronisation(): void {
    const backlog = this.backlog ?? []
    this.backlog = null
    this.phase = 'new-leader'
    for (const { packet } of backlog) this.link.send(packet)
  }

  /** Whether it has taken more of the synchronisation since the last call. */
  hasProgressed(): boolean {
    const progressed = this.sent !== this.sentBefore
    this.sentBefore = this.sent
    return progressed
  }

  /** The synchronisation has brought the learner further than was planned: what waits up to there is dropped. */
  broughtTo(zxid: Zxid): void {
    this.acked = zxid
    this.backlog = this.backlog?.filter(waiting => waiting.zxid > zxid) ?? null
  }

  /** A packet of the broadcast, in its order; `zxid` of a transaction that it proposes or commits. */
  send(packet: Uint8Array, zxid: Zxid = Number.POSITIVE_INFINITY): void {
    if (this.backlog !== null) this.backlog.push({ packet, zxid })
    else this.link.send(packet)
  }

  /** What was sent leaves now. */
  flush(): void {
    this.link.flush?.()
  }

  /**
   * Asks whether it is there. The round stands where Apache's leader puts its last zxid, which learners send back and
   * look at no further.
   */
  ping(round: number): void {
    this.send(encodePacket(PacketType.PING, round))
  }
}
