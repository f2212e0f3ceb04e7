import type { Epochs } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import { encodePacket, PacketType, type QuorumPacket } from '@menagerie/core/zab'
import type { ExpectedMutation } from './index.js'
import { tapLinks } from './link-taps.js'
import { wrap } from './wrap.js'

const NOTHING = new Uint8Array(0)

export const ensembleMutations: readonly ExpectedMutation[] = [
  {
    name: 'acknowledges proposals before their sync',
    servers: 3,
    seedsMax: 100,
    log(log) {
      let last = 0
      return wrap(log, {
        append(record) {
          log.append(record)
          last = record.zxid
        },
        async truncateAfter(zxid) {
          await log.truncateAfter(zxid)
          last = await log.sync()
        },
        async sync() {
          const synced = log.sync()
          if (last === 0) return synced
          synced.catch(() => {})
          return last
        },
      })
    },
  },
  {
    name: 'keeps what its leader tells it to cut off',
    servers: 3,
    seedsMax: 300,
    transport: transport =>
      tapLinks(transport, () => ({
        incoming: ({ type, zxid }, bytes) => (type === PacketType.TRUNC ? encodePacket(PacketType.DIFF, zxid) : bytes),
      })),
  },
  {
    name: 'commits what no quorum has acknowledged',
    servers: 3,
    seedsMax: 60,
    transport: (transport, { clock }) =>
      tapLinks(transport, (side, inject) => ({
        outgoing(packet, bytes) {
          if (side === 'leader' && packet.type === PacketType.PROPOSAL)
            clock.defer(() => inject(encodePacket(PacketType.ACK, packet.zxid)))
          return bytes
        },
      })),
  },
  {
    name: 'commits what its leader promised before it has it on its disk',
    servers: 3,
    seedsMax: 20,
    transport: transport =>
      tapLinks(transport, () => ({
        incoming: ({ type, zxid }, bytes) =>
          type === PacketType.COMMITONCEDURABLE ? encodePacket(PacketType.COMMITTHROUGH, zxid) : bytes,
      })),
  },
  {
    name: 'takes every proposal for one that only its own vote is missing to',
    servers: 3,
    seedsMax: 20,
    transport: (transport, { clock }) =>
      tapLinks(transport, (side, inject) => ({
        incoming({ type, zxid }, bytes) {
          if (side === 'learner' && type === PacketType.PROPOSAL)
            clock.defer(() => inject(encodePacket(PacketType.COMMITONCEDURABLE, zxid)))
          return bytes
        },
      })),
  },
  {
    name: 'answers a sync by itself',
    servers: 3,
    seedsMax: 60,
    transport: (transport, { clock }) =>
      tapLinks(transport, (side, inject) => ({
        outgoing(packet, bytes) {
          if (side !== 'learner' || !isSync(packet)) return bytes
          clock.defer(() => inject(encodePacket(PacketType.SYNC, 0)))
          return null
        },
      })),
  },
  {
    name: 'tells its leader nothing of the sessions that it hears from',
    servers: 3,
    seedsMax: 60,
    transport: transport =>
      tapLinks(transport, side => ({
        outgoing: ({ type, zxid }, bytes) =>
          side === 'learner' && type === PacketType.PING ? encodePacket(PacketType.PING, zxid, NOTHING) : bytes,
      })),
  },
  {
    name: 'forgets the epochs that it has promised',
    servers: 3,
    seedsMax: 300,
    log(log) {
      let epochs: Epochs | null = null
      return wrap(log, {
        epochs: () => epochs ?? log.epochs(),
        async setAcceptedEpoch(accepted) {
          epochs = { ...(epochs ?? log.epochs()), accepted }
        },
        async setCurrentEpoch(current) {
          epochs = { ...(epochs ?? log.epochs()), current }
        },
      })
    },
  },
  {
    name: 'takes every session that comes to it for one that lives',
    servers: 3,
    seedsMax: 100,
    transport: transport =>
      tapLinks(transport, side => ({
        incoming({ type, zxid, data }, bytes) {
          if (side !== 'learner' || type !== PacketType.REVALIDATE || data === null) return bytes
          const valid = data.slice()
          valid[valid.length - 1] = 1
          return encodePacket(PacketType.REVALIDATE, zxid, valid)
        },
      })),
  },
  {
    name: 'has its leader know nothing of what it lacks',
    servers: 3,
    seedsMax: 100,
    transport: transport =>
      tapLinks(transport, side => ({
        // It says that it has what the leader has: what lies between is never sent.
        incoming({ type, zxid }, bytes) {
          return side === 'leader' && type === PacketType.ACKEPOCH && zxid > 20 ? ackEpoch(bytes, zxid) : bytes
        },
      })),
  },
  {
    name: 'says that a snapshot is written before it is',
    servers: 3,
    seedsMax: 100,
    snapshotter: snapshotter =>
      wrap(snapshotter, {
        async write(zxid, source) {
          if (zxid === 0) return snapshotter.write(zxid, source)
          return { zxid, name: `snapshot.${zxid.toString(16)}`, bytes: 1 }
        },
      }),
  },
]

function isSync({ type, data }: QuorumPacket): boolean {
  return (
    type === PacketType.REQUEST &&
    data !== null &&
    new DataView(data.buffer, data.byteOffset).getInt32(12) === OpCode.sync
  )
}

/** The same answer with a zxid that lies a little further on, where the leader may be. */
function ackEpoch(bytes: Uint8Array, zxid: number): Uint8Array {
  const changed = bytes.slice()
  new DataView(changed.buffer).setUint32(8, (zxid % 2 ** 32) + 1)
  return changed
}
