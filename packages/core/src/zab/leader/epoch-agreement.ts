import type { ServerId } from '../../seams/peer-transport.js'
import { makeZxid, type Zxid, zxidHex } from '../../zxid.js'
import {
  decodeInt,
  encodeInt,
  encodePacket,
  PacketType,
  PROTOCOL_VERSION,
  type QuorumPacket,
} from '../packets/index.js'
import { type LeaderTerm, protocolError } from './leader-term.js'
import type { LearnerHandle } from './learner-handle.js'
import type { Reconfiguration } from './reconfiguration.js'

/** What follows from the agreement. */
export interface EpochAgreementParts {
  readonly term: LeaderTerm
  readonly reconfiguration: Reconfiguration
  /** A quorum has accepted the epoch, and it is this server's own, durably. */
  agreed(): void
  /** A learner has accepted it, after a quorum. */
  accepted(learner: LearnerHandle): void
}

/**
 * The epoch of a term: later than any that a quorum has accepted, and accepted by a quorum before anything is proposed
 * in it (phase 1 of the paper; getEpochToPropose and waitForEpochAck).
 */
export class EpochAgreement {
  private number: number
  /** Voters that have said which epoch they accepted, this one included. */
  private readonly connected = new Set<ServerId>()
  private readonly acked = new Set<ServerId>()
  /** What this leader stands on: a learner that is ahead of it must not be cut back. */
  private readonly summary: { readonly epoch: number; readonly zxid: Zxid }

  constructor(private readonly parts: EpochAgreementParts) {
    const { history } = parts.term.options.host
    this.number = history.epochs.accepted + 1
    this.summary = { epoch: history.epochs.current, zxid: history.logged }
  }

  /** The epoch; it may still grow during discovery. */
  get epoch(): number {
    return this.number
  }

  /** This server's own voice. */
  start(): void {
    this.connected.add(this.parts.term.options.self)
    this.settle()
  }

  /** A learner has said which epoch it accepted. */
  join(learner: LearnerHandle): void {
    const { term } = this.parts
    learner.phase = 'epoch'
    if (term.phase !== 'discovery') {
      if (learner.acceptedEpoch > this.number && term.options.membership.isVoter(learner.id)) this.giveWay(learner)
      else this.tell(learner)
      return
    }
    if (learner.acceptedEpoch >= this.number) this.number = learner.acceptedEpoch + 1
    if (term.options.membership.isVoter(learner.id)) this.connected.add(learner.id)
    this.settle()
  }

  /**
   * A voter has promised itself to a later epoch, whose leader failed: it must follow none before. Apache leaves it out
   * until there is another election; here there is one at once, and its voice makes the next epoch later still (as a
   * higher term does in Raft).
   */
  private giveWay({ name, acceptedEpoch }: LearnerHandle): void {
    const message = `${name} has accepted epoch ${acceptedEpoch} and cannot follow in ${this.number}: a later one is agreed upon`
    this.parts.term.stop(protocolError(message))
  }

  /** Nothing is heard of a server any more: its voice counts no longer for the number of the epoch. */
  left(id: ServerId): void {
    if (id !== this.parts.term.options.self) this.connected.delete(id)
  }

  private settle(): void {
    const { term, reconfiguration } = this.parts
    const { membership, host, self } = term.options
    if (term.phase !== 'discovery' || !membership.containsQuorum(this.connected)) return
    term.phase = 'epoch-ack'
    host.history
      .setAcceptedEpoch(this.number)
      .then(() => {
        if (term.isOver) return
        reconfiguration.stamp(this.number)
        this.acked.add(self)
        for (const learner of term.learners) if (learner.phase === 'epoch') this.tell(learner)
        this.settleAcks()
      })
      .catch(error => term.stop(error as Error))
  }

  private tell(learner: LearnerHandle): void {
    // The accepted epoch is made durable first, so that no later term can use this one again.
    if (this.parts.term.options.host.history.epochs.accepted < this.number) return
    learner.phase = 'acking-epoch'
    learner.link.send(encodePacket(PacketType.LEADERINFO, makeZxid(this.number, 0), encodeInt(PROTOCOL_VERSION)))
  }

  /** A learner answers LEADERINFO with ACKEPOCH. */
  answered(learner: LearnerHandle, packet: QuorumPacket): void {
    const { term } = this.parts
    const currentEpoch = decodeInt(packet.data)
    // Only voters can hold what a quorum has acknowledged. What a server without a vote has beyond them is committed
    // nowhere, and is cut off there; Apache refuses that server until a quorum has answered.
    if (term.phase === 'epoch-ack' && currentEpoch !== -1 && term.options.membership.isVoter(learner.id)) {
      const { epoch, zxid } = this.summary
      if (currentEpoch > epoch || (currentEpoch === epoch && learner.peerLast > zxid)) {
        // A quorum may have what it has: to lead without it would lose what was acknowledged.
        term.stop(protocolError(`${learner.name} is ahead of this leader, at 0x${zxidHex(learner.peerLast)}`))
        return
      }
      this.acked.add(learner.id)
    }
    learner.phase = 'ready'
    if (term.phase === 'epoch-ack') this.settleAcks()
    else this.parts.accepted(learner)
  }

  private settleAcks(): void {
    const { term, agreed } = this.parts
    const { membership, host } = term.options
    if (term.phase !== 'epoch-ack' || !membership.containsQuorum(this.acked)) return
    term.phase = 'synchronisation'
    host.history
      .setCurrentEpoch(this.number)
      .then(() => {
        if (!term.isOver) agreed()
      })
      .catch(error => term.stop(error as Error))
  }
}
