/**
 * What servers say to each other on the election plane (Apache: FastLeaderElection.buildMsg and WorkerReceiver).
 *
 * | bytes | since | holds |
 * |---|---|---|
 * | 28 | 3.3 | state, leader, zxid, electionEpoch |
 * | 40 | 3.4 | and peerEpoch, and a version that no reader trusts |
 * | 44 + n | 3.5 | and version 2, length and text of the sender's configuration |
 */
import { JuteReader, MarshallingError } from '../../jute/reader.js'
import { decodeUtf8, encodeUtf8 } from '../../jute/utf8.js'
import { putInt, putLong } from '../../jute/writer.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { type Zxid, zxidEpoch } from '../../zxid.js'

/** What a server is doing, in the order of its numbers on the wire (QuorumPeer.ServerState). */
export const peerStates = ['looking', 'following', 'leading', 'observing'] as const
/** One of {@link peerStates}. */
export type PeerState = (typeof peerStates)[number]

/** No vote: the leader, zxid and epoch that a server sends which may not vote (Long.MIN_VALUE). */
export const NO_VOTE = -(2 ** 63)

/** Whom a server votes for, or follows. */
export interface Vote {
  /** {@link NO_VOTE} for a server that may not vote. */
  readonly leader: ServerId
  /** The last zxid in the leader's log; -1 for a server without data that must not lead. */
  readonly zxid: Zxid
  /** The leader's epoch: before the election its last one; once in a role, the new one (ZOOKEEPER-1732). */
  readonly peerEpoch: number
  /** The round in which the vote was cast (Apache's logicalclock). */
  readonly electionEpoch: number
}

/** A vote as it is sent to a peer (FastLeaderElection.Notification). */
export interface Notification extends Vote {
  readonly state: PeerState
  /** 0 and 1 come without a configuration; servers since 3.5 send 2. */
  readonly version: number
  /** The text of the sender's configuration (`parseConfig`), not checked yet. */
  readonly config: string | undefined
}

/** Messages that are longer are refused (QuorumCnxManager.PACKETMAXSIZE). */
export const NOTIFICATION_BYTES_MAX = 512 * 1024
/** Rounds above make no sense, and would leave no room for later ones. */
const ROUND_MAX = 2 ** 48

/** The bytes of a notification: version 2 with a configuration, version 1 (40 bytes) without. */
export function encodeNotification(notification: Omit<Notification, 'version'>): Uint8Array {
  const config = notification.config === undefined ? undefined : encodeUtf8(notification.config)
  const bytes = new Uint8Array(config === undefined ? 40 : 44 + config.length)
  putInt(bytes, 0, peerStates.indexOf(notification.state))
  putLong(bytes, 4, notification.leader)
  putLong(bytes, 12, notification.zxid)
  putLong(bytes, 20, notification.electionEpoch)
  putLong(bytes, 28, notification.peerEpoch)
  putInt(bytes, 36, config === undefined ? 1 : 2)
  if (config !== undefined) {
    putInt(bytes, 40, config.length)
    bytes.set(config, 44)
  }
  return bytes
}

/** Reads a notification; bytes after the configuration are ignored. @throws MarshallingError */
export function decodeNotification(bytes: Uint8Array): Notification {
  if (bytes.length > NOTIFICATION_BYTES_MAX) {
    throw new MarshallingError(`notification of ${bytes.length} bytes, at most ${NOTIFICATION_BYTES_MAX} are taken`)
  }
  const reader = new JuteReader(bytes)
  const number = reader.int()
  const state = peerStates[number]
  if (state === undefined) throw new MarshallingError(`notification with unknown state ${number}`)
  const leader = checked('leader', reader.long(), NO_VOTE)
  const zxid = checked('zxid', reader.long(), NO_VOTE)
  const electionEpoch = checked('electionEpoch', reader.long())
  if (electionEpoch > ROUND_MAX) throw new MarshallingError(`notification of round ${electionEpoch}`)
  const vote = { state, leader, zxid, electionEpoch }
  if (bytes.length === 28) return { ...vote, peerEpoch: zxidEpoch(zxid), version: 0, config: undefined }
  const peerEpoch = checked('peerEpoch', reader.long(), NO_VOTE)
  // Some senders of 40 bytes leave the version unset: Apache takes them all for version 0.
  if (bytes.length === 40) return { ...vote, peerEpoch, version: 0, config: undefined }
  const version = reader.int()
  if (version <= 1) return { ...vote, peerEpoch, version, config: undefined }
  const config = reader.buffer()
  if (config === null) throw new MarshallingError('notification with a configuration of length -1')
  return { ...vote, peerEpoch, version, config: decodeUtf8(config, 0, config.length) }
}

/** Numbers that are not whole in memory would break the order of votes. -1 stands for "none yet". */
function checked(name: string, value: number, alsoAllowed = -1): number {
  if ((Number.isSafeInteger(value) && value >= -1) || value === alsoAllowed) return value
  throw new MarshallingError(`notification with ${name} ${value}`)
}
