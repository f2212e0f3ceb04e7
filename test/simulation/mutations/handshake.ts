/** Bugs of the handshake that takes a scenario of its own to be found by. */
import type { PeerTransport } from '@menagerie/core'
import type { Mutation } from '@menagerie/core/simulation'
import { decodePacket, PacketType } from '@menagerie/core/zab'
import { map } from 'rxjs'
import { tapLinks } from './link-taps.js'
import { wrap } from './wrap.js'

/** How much later the sync comes that was reported, in milliseconds. */
const LATER_MS = 200

export const handshakeMutations: readonly Mutation[] = [
  {
    name: 'acknowledges proposals long before their sync',
    log(log, { clock }) {
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
          if (last === 0) return log.sync()
          clock.schedule(LATER_MS, () => void log.sync().catch(() => {}))
          return last
        },
      })
    },
  },
  {
    name: 'has NEWLEADER overtake the transactions of a DIFF',
    transport: transport => wrap(transport, { links$: transport.links$.pipe(map(newLeaderFirst)) }),
  },
  {
    name: 'writes the current epoch together with the accepted one',
    log: log =>
      wrap(log, {
        async setAcceptedEpoch(epoch) {
          await log.setAcceptedEpoch(epoch)
          await log.setCurrentEpoch(epoch)
        },
      }),
  },
  {
    name: 'votes with a log whose end was damaged',
    log: log =>
      wrap(log, {
        async open(onDamage) {
          const last = await log.open(onDamage)
          await log.damage?.replaced()
          return last
        },
      }),
  },
  {
    name: 'takes its log for whole as soon as the damage is cut off',
    log: log =>
      wrap(log, {
        async open(onDamage) {
          const last = await log.open(onDamage)
          await log.damage?.setAside()
          return last
        },
        get damage() {
          return null
        },
      }),
  },
  {
    name: 'drops proposals that come between NEWLEADER and UPTODATE',
    transport: transport =>
      tapLinks(transport, side => {
        let between = false
        return {
          incoming({ type }, bytes) {
            if (type === PacketType.NEWLEADER) between = true
            if (type === PacketType.UPTODATE) between = false
            return side === 'learner' && between && type === PacketType.PROPOSAL ? null : bytes
          },
        }
      }),
  },
  {
    name: 'removes its snapshots before the new one is whole',
    snapshotter: snapshotter =>
      wrap(snapshotter, {
        async write(zxid, source) {
          await snapshotter.discardAfter(-1)
          return snapshotter.write(zxid, source)
        },
      }),
  },
]

type PeerLink = Awaited<ReturnType<PeerTransport['connect']>>

/** The leader's end of a link: what a DIFF consists of is sent behind NEWLEADER. */
function newLeaderFirst(link: PeerLink): PeerLink {
  let late: Uint8Array[] | null = null
  let carriesSnapshot = false
  return wrap(link, {
    send(bytes) {
      if (carriesSnapshot) return link.send(bytes)
      const { type } = decodePacket(bytes)
      carriesSnapshot = type === PacketType.SNAP
      if (type === PacketType.DIFF) late = []
      else if (late !== null && (type === PacketType.PROPOSAL || type === PacketType.COMMIT)) {
        late.push(bytes)
        return true
      }
      const sent = link.send(bytes)
      if (type === PacketType.NEWLEADER && late !== null) {
        for (const packet of late) link.send(packet)
        late = null
      }
      return sent
    },
  })
}
