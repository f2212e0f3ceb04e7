import { JuteReader } from '../../jute/reader.js'
import { Id } from '../../jute/records.js'
import { vector } from '../../jute/schema.js'
import { putInt, putLong } from '../../jute/writer.js'
import type { Zxid } from '../../zxid.js'

/** What servers of an ensemble say to each other on the broadcast plane (Leader.java, QuorumPacket in zookeeper.jute). */
export const PacketType = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
  /**
   * To a follower that {@link commitsItself}, in place of COMMIT: everything up to this zxid is committed.
   */
  COMMITTHROUGH: 0x4d454e01,
  /** To such a follower: up to this zxid only its own vote is missing, so it commits what it has made durable. */
  COMMITONCEDURABLE: 0x4d454e02,
} as const

export type PacketType = (typeof PacketType)[keyof typeof PacketType]

/** What servers send each other over a link (Apache: QuorumPacket). */
export interface QuorumPacket {
  /** A {@link PacketType}; a peer of another version may send others. */
  readonly type: number
  /** What it means depends on the type; -1 where nothing. */
  readonly zxid: Zxid
  readonly data: Uint8Array | null
  /** Identities of the client behind a REQUEST. */
  readonly authInfo: readonly Id[] | null
}

/** The identities of a packet; null where it has none. */
export const AuthInfo = vector(Id)
/** Type, zxid, length of the data, length of authInfo. */
const FIXED_BYTES = 20

/** A packet without identities in jute, in an array of its own. (A REQUEST has some: `writeRequest`.) */
export function encodePacket(type: PacketType, zxid: Zxid, data: Uint8Array | null = null): Uint8Array {
  const length = data?.length ?? 0
  const bytes = new Uint8Array(FIXED_BYTES + length)
  putInt(bytes, 0, type)
  putLong(bytes, 4, zxid)
  putInt(bytes, 12, data === null ? -1 : length)
  if (data !== null) bytes.set(data, 16)
  putInt(bytes, 16 + length, -1)
  return bytes
}

/** Data are a view of the bytes. @throws MarshallingError */
export function decodePacket(bytes: Uint8Array): QuorumPacket {
  const reader = new JuteReader(bytes)
  return { type: reader.int(), zxid: reader.long(), data: reader.buffer(), authInfo: AuthInfo.read(reader) }
}
