import { OpCode } from '../../jute/codes.js'
import type { Id } from '../../jute/records.js'
import { makeZxid, type Zxid, zxidCounter } from '../../zxid.js'
import {
  commitsItself,
  decodeRequest,
  decodeRevalidation,
  decodeTimeouts,
  encodePacket,
  encodeValidity,
  type ForwardedRequest,
  PacketType,
  type QuorumPacket,
  type Revalidation,
} from '../packets/index.js'
import { type IntroductionRules, introduce } from './introduction.js'
import type { LeaderHost } from './leader-host.js'
import { protocolError } from './leader-term.js'
import type { LearnerHandle } from './learner-handle.js'

/** Whoever takes learners: a leader, or a follower that has observers behind it. What these throw closes the link. */
export interface LearnerMaster {
  readonly options: IntroductionRules & { readonly host: Pick<LeaderHost, 'touch'> }
  readonly epoch: number
  /** A learner has said who it is. */
  introduced(learner: LearnerHandle): void
  /** It answers LEADERINFO, with its own last zxid. */
  epochAcked(learner: LearnerHandle, packet: QuorumPacket): void
  /** It has made this history its own, durably. */
  inStep(learner: LearnerHandle): void
  /** It has acknowledged a proposal, or UPTODATE by the zxid that begins the epoch. */
  acked(learner: LearnerHandle, zxid: Zxid): void
  /** It has answered this round of pings. */
  answered(learner: LearnerHandle, round: number): void
  /** A write of its client. */
  request(learner: LearnerHandle, request: ForwardedRequest, authInfo: readonly Id[] | null): void
  /** Its client waits for whatever is committed by now. */
  sync(learner: LearnerHandle, request: ForwardedRequest, released: () => void): void
  /** It asks whether a session lives; a positive answer makes it the learner's. */
  revalidate(learner: LearnerHandle, asked: Revalidation, answer: (valid: boolean) => void): void
}

/**
 * Hands on a packet of a learner by how far that has come in the handshake (Apache: LearnerHandler.run).
 *
 * @throws ZAB_PROTOCOL for one that is out of place
 */
export function hear(master: LearnerMaster, learner: LearnerHandle, packet: QuorumPacket): void {
  switch (learner.phase) {
    case 'new':
      introduce(learner, packet, master.options)
      master.introduced(learner)
      return
    case 'acking-epoch':
      if (packet.type !== PacketType.ACKEPOCH) throw protocolError(`it answered LEADERINFO with type ${packet.type}`)
      learner.peerLast = packet.zxid
      master.epochAcked(learner, packet)
      return
    case 'new-leader':
      if (packet.type === PacketType.PING) return
      if (packet.type !== PacketType.ACK) throw protocolError(`it answered NEWLEADER with type ${packet.type}`)
      // Apache's followers flush what they were sent on another thread, whose ACKs may overtake that of NEWLEADER.
      if (zxidCounter(packet.zxid) > 0 && packet.zxid <= learner.acked) return
      if (packet.zxid !== makeZxid(master.epoch, 0)) throw protocolError('it acknowledged another leader')
      learner.phase = 'active'
      master.inStep(learner)
      return
    case 'active':
      hearActive(master, learner, packet)
      return
    default:
      throw protocolError(`it sent a packet of type ${packet.type} before it was asked`)
  }
}

function hearActive(master: LearnerMaster, learner: LearnerHandle, packet: QuorumPacket): void {
  switch (packet.type) {
    case PacketType.ACK:
      if (learner.kind === 'follower' && commitsItself(packet.data)) learner.commitsItself = true
      master.acked(learner, packet.zxid)
      return
    case PacketType.PING:
      for (const { session, timeoutMs } of decodeTimeouts(packet.data)) master.options.host.touch(session, timeoutMs)
      master.answered(learner, packet.zxid)
      return
    case PacketType.REQUEST: {
      const request = decodeRequest(packet.data)
      if (request.opcode !== OpCode.sync) master.request(learner, request, packet.authInfo)
      else master.sync(learner, request, () => learner.send(encodePacket(PacketType.SYNC, 0)))
      return
    }
    case PacketType.REVALIDATE: {
      const asked = decodeRevalidation(packet.data)
      master.revalidate(learner, asked, valid =>
        learner.send(encodePacket(PacketType.REVALIDATE, -1, encodeValidity(asked.session, valid))),
      )
      return
    }
    default:
      throw protocolError(`it sent a packet of type ${packet.type}`)
  }
}
