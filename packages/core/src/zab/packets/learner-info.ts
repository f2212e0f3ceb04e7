import { JuteReader } from '../../jute/reader.js'
import { JuteWriter } from '../../jute/writer.js'
import type { ServerId } from '../../seams/peer-transport.js'

/** Zab 1.0. A later version may announce a greater one, and is spoken to as this one. */
export const PROTOCOL_VERSION = 0x10000

/** What a learner says of itself in FOLLOWERINFO and OBSERVERINFO (LearnerInfo in zookeeper.jute). */
export interface LearnerInfo {
  readonly serverId: ServerId
  readonly protocolVersion: number
  /** Of the ensemble's configuration; 0 where a peer of before 3.5 does not say. */
  readonly configVersion: number
}

/** The data of FOLLOWERINFO and OBSERVERINFO. */
export function encodeLearnerInfo({ serverId, protocolVersion, configVersion }: LearnerInfo): Uint8Array {
  const writer = new JuteWriter(20)
  writer.long(serverId)
  writer.int(protocolVersion)
  writer.long(configVersion)
  return writer.take()
}

/** @throws MarshallingError for less than a server id */
export function decodeLearnerInfo(bytes: Uint8Array | null): LearnerInfo {
  const reader = new JuteReader(bytes ?? new Uint8Array(0))
  const serverId = reader.long()
  const protocolVersion = reader.remaining >= 4 ? reader.int() : 0
  return { serverId, protocolVersion, configVersion: reader.remaining >= 8 ? reader.long() : 0 }
}
