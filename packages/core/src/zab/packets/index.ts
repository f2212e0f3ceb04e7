export { PACKET_BYTES_MAX, PacketFramer } from './framer.js'
export { decodeLearnerInfo, encodeLearnerInfo, type LearnerInfo, PROTOCOL_VERSION } from './learner-info.js'
export {
  decodeNotification,
  encodeNotification,
  NO_VOTE,
  NOTIFICATION_BYTES_MAX,
  type Notification,
  type PeerState,
  peerStates,
  type Vote,
} from './notification.js'
export * from './payloads.js'
export { decodePacket, encodePacket, PacketType, type QuorumPacket } from './quorum-packet.js'
export { SNAPSHOT_SIGNATURE, SNAPSHOT_SIGNATURE_TEXT } from './snapshot-signature.js'
export { SnapshotStreamScanner } from './snapshot-stream.js'
