import type { PeerLink, PeerTransport } from '@menagerie/core'
import { decodePacket, type QuorumPacket } from '@menagerie/core/zab'
import { map, Observable } from 'rxjs'
import { wrap } from './wrap.js'

/** What stands between a server and one of its links. */
export interface LinkTap {
  /** What arrives instead of a packet: itself, another one, or nothing. */
  incoming?(packet: QuorumPacket, bytes: Uint8Array): Uint8Array | null
  /** What is sent instead of a packet. */
  outgoing?(packet: QuorumPacket, bytes: Uint8Array): Uint8Array | null
}

/** Makes up packets that seem to have come from the other end. */
export type Inject = (bytes: Uint8Array) => void

/**
 * Taps the links of a transport: those that this server opens as a learner, and those that it takes as a leader.
 * Snapshots pass untouched: after a SNAP nothing is looked at until they cannot be told from packets any more, so
 * taps are for what comes before and without one.
 */
export function tapLinks(
  transport: PeerTransport,
  newTap: (side: 'learner' | 'leader', inject: Inject) => LinkTap,
): PeerTransport {
  return wrap(transport, {
    connect: async peer => tapped(await transport.connect(peer), inject => newTap('learner', inject)),
    links$: transport.links$.pipe(map(link => tapped(link, inject => newTap('leader', inject)))),
  })
}

const SNAP = 15

function tapped(link: PeerLink, newTap: (inject: Inject) => LinkTap): PeerLink {
  let deliver: (bytes: Uint8Array) => void = () => {}
  const tap = newTap(bytes => deliver(bytes))
  let [sawSnap, sentSnap] = [false, false]
  return wrap(link, {
    send(bytes) {
      if (sentSnap || tap.outgoing === undefined) return link.send(bytes)
      const packet = decodePacket(bytes)
      sentSnap = packet.type === SNAP
      const instead = tap.outgoing(packet, bytes)
      return instead === null ? true : link.send(instead)
    },
    packets$: new Observable(subscriber => {
      deliver = bytes => subscriber.next(bytes)
      return link.packets$.subscribe({
        next(bytes) {
          if (sawSnap || tap.incoming === undefined) {
            subscriber.next(bytes)
            return
          }
          const packet = decodePacket(bytes)
          sawSnap = packet.type === SNAP
          const instead = tap.incoming(packet, bytes)
          if (instead !== null) subscriber.next(instead)
        },
        error: error => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    }),
  })
}
