export { decodePacket, encodePacket, PacketType, type QuorumPacket } from './quorum-packet.js'
