import { MenagerieError } from '../../errors.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { zxidEpoch } from '../../zxid.js'
import { decodeLearnerInfo, PacketType, PROTOCOL_VERSION, type QuorumPacket } from '../packets/index.js'
import type { Membership } from '../quorum/index.js'

/** Who a learner says that it is. */
export interface Introduction {
  readonly id: ServerId
  readonly kind: 'follower' | 'observer'
  readonly acceptedEpoch: number
}

/** By whom a learner may be taken. */
export interface IntroductionRules {
  readonly self: ServerId
  readonly membership: Membership
  readonly reconfigEnabled: boolean
}

/**
 * Reads the first packet of a learner.
 * @throws ZAB_PROTOCOL for a learner that cannot be taken
 */
export function readIntroduction(packet: QuorumPacket, rules: IntroductionRules): Introduction {
  const { membership, self, reconfigEnabled } = rules
  if (packet.type !== PacketType.FOLLOWERINFO && packet.type !== PacketType.OBSERVERINFO) {
    throw refusal(`its first packet is of type ${packet.type}`)
  }
  const { serverId, protocolVersion, configVersion } = decodeLearnerInfo(packet.data)
  if (protocolVersion < PROTOCOL_VERSION) throw refusal('it speaks a protocol from before ZooKeeper 3.4')
  if (serverId === self) throw refusal(`it says that it is server ${self}, which is this one`)
  // Where servers can join while it runs, whoever is not in the configuration yet may follow without a vote.
  if (!reconfigEnabled && !membership.current.servers.has(serverId)) {
    throw refusal(`server ${serverId} is not in the configuration of this ensemble`)
  }
  if (configVersion > membership.current.version) throw refusal('it has a later configuration of the ensemble')
  const kind = packet.type === PacketType.FOLLOWERINFO ? 'follower' : 'observer'
  return { id: serverId, kind, acceptedEpoch: zxidEpoch(packet.zxid) }
}

function refusal(message: string): MenagerieError {
  return new MenagerieError('ZAB_PROTOCOL', message)
}
