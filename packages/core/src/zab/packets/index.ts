export { decodeLearnerInfo, encodeLearnerInfo, type LearnerInfo, PROTOCOL_VERSION } from './learner-info.js'
export * from './payloads.js'
export { decodePacket, encodePacket, PacketType, type QuorumPacket } from './quorum-packet.js'
