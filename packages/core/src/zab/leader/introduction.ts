import { zxidEpoch } from '../../zxid.js'
import { decodeLearnerInfo, PacketType, PROTOCOL_VERSION, type QuorumPacket } from '../packets/index.js'
import type { LeaderOptions } from './leader-options.js'
import { protocolError } from './leader-term.js'
import type { LearnerHandle } from './learner-handle.js'

/** By whom a learner may be taken. */
export type IntroductionRules = Pick<LeaderOptions, 'self' | 'membership' | 'reconfigEnabled' | 'logger'>

/**
 * Takes down who a learner says it is, by its first packet.
 *
 * @throws ZAB_PROTOCOL where it cannot take part: it is this server, unknown, or knows a later configuration
 */
export function introduce(learner: LearnerHandle, packet: QuorumPacket, options: IntroductionRules): void {
  if (packet.type !== PacketType.FOLLOWERINFO && packet.type !== PacketType.OBSERVERINFO) {
    throw protocolError(`its first packet is of type ${packet.type}`)
  }
  const { serverId, protocolVersion, configVersion } = decodeLearnerInfo(packet.data)
  const { membership, self, reconfigEnabled, logger } = options
  if (protocolVersion < PROTOCOL_VERSION) throw protocolError('it speaks a protocol from before ZooKeeper 3.4')
  if (serverId === self) throw protocolError(`it says that it is server ${self}, which is this one`)
  // Where servers can join while it runs, whoever is not in the configuration yet may follow without a vote.
  if (!reconfigEnabled && !membership.current.servers.has(serverId)) {
    throw protocolError(`server ${serverId} is not in the configuration of this ensemble`)
  }
  if (configVersion > membership.current.version) throw protocolError('it has a later configuration of the ensemble')
  learner.id = serverId
  learner.kind = packet.type === PacketType.FOLLOWERINFO ? 'follower' : 'observer'
  learner.acceptedEpoch = zxidEpoch(packet.zxid)
  if (learner.kind === 'follower' && !membership.isVoter(serverId)) {
    logger.warn({ server: serverId }, 'a follower is not among the voters; its votes do not count')
  }
}
