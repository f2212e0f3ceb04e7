import type { PeerLink, PeerTransport } from '@menagerie/core'
import { ManualClock, noAddresses, peerTransportContract } from '@menagerie/core/contract'
import { MemoryPeerNetwork, type MemoryPeerTransport } from '@menagerie/core/memory'
import { catchError, concatMap, EMPTY, filter, map, of, Subject, skip, tap } from 'rxjs'
import t from 'tap'

interface Mutant {
  readonly transport?: (transport: PeerTransport) => Partial<PeerTransport>
  readonly link?: (link: PeerLink) => Partial<PeerLink>
}

/** Transports that break one promise each. */
const mutants: Readonly<Record<string, Mutant>> = {
  'votes that arrive twice': {
    transport: base => ({ votes$: base.votes$.pipe(concatMap(vote => of(vote, vote))) }),
  },
  'votes from the wrong server': {
    transport: base => ({ votes$: base.votes$.pipe(map(vote => ({ ...vote, from: vote.from + 1 }))) }),
  },
  'votes that are damaged': {
    transport: base => ({
      votes$: base.votes$.pipe(map(({ from, message }) => ({ from, message: message.slice(1) }))),
    }),
  },
  'votes for another server': {
    transport: base => ({
      sendVote: (_peer, message) => {
        base.sendVote(2, message)
        base.sendVote(3, message)
      },
    }),
  },
  'the oldest vote kept instead of the newest': {
    transport: base => {
      let first: Uint8Array | undefined
      return { sendVote: (peer, message) => base.sendVote(peer, (first ??= message.slice())) }
    },
  },
  'a link with a gap': { link: link => ({ packets$: link.packets$.pipe(filter((_, index) => index !== 3)) }) },
  'a link that repeats a packet': {
    link: link => ({
      packets$: link.packets$.pipe(concatMap((packet, index) => (index === 2 ? of(packet, packet) : of(packet)))),
    }),
  },
  'a link that loses its first packet': { link: link => ({ packets$: link.packets$.pipe(skip(1)) }) },
  'a link that never drains': { link: () => ({ drained: () => new Promise(() => {}) }) },
  'a link that cuts a packet': {
    link: link => ({ packets$: link.packets$.pipe(map(packet => packet.slice(0, 5000))) }),
  },
  'a link that never says to slow down': {
    link: link => ({
      send: packet => {
        link.send(packet)
        return true
      },
    }),
  },
  'a break that looks like a close': {
    link: link => ({ packets$: link.packets$.pipe(catchError(() => EMPTY)) }),
  },
  'a link that gives a late receiver only what comes from then on': {
    link: link => {
      const hot = new Subject<Uint8Array>()
      link.packets$.subscribe(hot)
      return { packets$: hot }
    },
  },
  'a second link between two servers that ends the first': {
    transport: base => {
      let first: PeerLink | undefined
      return {
        connect: async peer => {
          first?.close()
          first = await base.connect(peer)
          return first
        },
      }
    },
  },
  'a transport whose links fail for good once one has broken': {
    transport: base => {
      let broken = false
      return {
        connect: async peer => {
          if (broken) throw new Error('it broke before')
          const link = await base.connect(peer)
          const packets$ = link.packets$.pipe(tap({ error: () => (broken = true) }))
          return replace(link, { packets$ })
        },
      }
    },
  },
  'a close that nobody learns of': { link: () => ({ close: () => {} }) },
  'a connect that succeeds with nobody there': {
    transport: base => ({ connect: peer => base.connect(peer).catch(() => ({}) as PeerLink) }),
  },
  'streams that do not complete': { transport: () => ({ close: async () => {} }) },
}

function replace<T extends object>(base: T, changes: Partial<T> = {}): T {
  return new Proxy(base, {
    get: (target, name) => {
      if (Object.hasOwn(changes, name)) return changes[name as keyof T]
      const value = target[name as keyof T]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function mutate(transport: MemoryPeerTransport, mutant: Mutant): PeerTransport {
  const bend = (link: PeerLink) => replace(link, mutant.link?.(link))
  const linked = replace<PeerTransport>(transport, {
    links$: transport.links$.pipe(map(bend)),
    connect: async peer => bend(await transport.connect(peer)),
  })
  return replace(linked, mutant.transport?.(linked))
}

/** Whether any test of the kit fails, or waits for something that does not come. */
async function caught(mutant: Mutant): Promise<boolean> {
  const tests: (() => Promise<void>)[] = []
  peerTransportContract(
    (_name, body) => tests.push(body),
    { cut: true },
    async () => {
      const network = new MemoryPeerNetwork(new ManualClock())
      return {
        peers: noAddresses,
        create: self => mutate(network.transport(self), mutant),
        cut: (a, b) => network.cut(a, b),
        join: async (a, b) => network.join(a, b),
        dispose: async () => {},
      }
    },
  )
  for (const test of tests) {
    const idle = new Promise<string>(resolve => setImmediate(() => resolve('waiting')))
    const passed = test().then(
      () => 'passed',
      () => 'failed',
    )
    if ((await Promise.race([passed, idle])) !== 'passed') return true
  }
  return false
}

for (const [name, mutant] of Object.entries(mutants)) {
  t.test(`the kit catches ${name}`, async t => {
    t.equal(await caught(mutant), true)
  })
}

t.test('the kit passes the transport that the mutants are made of', async t => {
  t.equal(await caught({}), false)
})
