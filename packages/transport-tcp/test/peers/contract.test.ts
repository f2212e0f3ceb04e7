import type { PeerTransport } from '@menagerie/core'
import { type PeerTransportBench, peerTransportContract } from '@menagerie/core/contract'
import type { TcpPeersOptionsInput } from '@menagerie/transport-tcp'
import t, { type Test } from 'tap'
import { TestAuthority } from '../support/certificates.js'
import { Cabling } from './support/cable.js'
import { loopbackPeers, peerTransport } from './support/peers-bench.js'

/** Three transports on 127.0.0.1 that see each other through relays, so that the network between them can be cut. */
async function bench(options: TcpPeersOptionsInput = {}): Promise<PeerTransportBench> {
  const real = await loopbackPeers([1, 2, 3])
  const cabling = await Cabling.between(real)
  const transports: PeerTransport[] = []
  return {
    peers: real,
    create: self => {
      const transport = peerTransport(options)
      transports.push(transport)
      const open = transport.open.bind(transport)
      // The kit opens all with the same addresses; each has cables of its own.
      transport.open = async () => {
        await open(self, cabling.peersOf(self))
        await cabling.plug(self)
      }
      return transport
    },
    cut: (a, b) => cabling.cut(a, b),
    dispose: async () => {
      await Promise.all(transports.map(transport => transport.close()))
      cabling.remove()
    },
  }
}

const run = (test: Test) => (name: string, body: () => Promise<void>) => void test.test(name, body)

t.test('TcpPeerTransport keeps every promise of the seam', async t => {
  peerTransportContract(run(t), { cut: true }, () => bench())
})

t.test('and over sockets of Node.js', async t => {
  peerTransportContract(run(t), { cut: true }, () => bench({ nodeSockets: true }))
})

t.test('and over TLS, and with both on one port', async t => {
  const authority = new TestAuthority()
  t.teardown(() => authority.remove())
  const keyStore = { location: authority.issue('/CN=peer', { san: 'IP:127.0.0.1' }) }
  const tls = { keyStore, trustStore: { location: authority.caFile } }
  t.test('TLS', async t => peerTransportContract(run(t), { cut: true }, () => bench({ sslQuorum: true, tls })))
  t.test('port unification, dialing in the clear', async t =>
    peerTransportContract(run(t), { cut: true }, () => bench({ portUnification: true, tls })),
  )
  t.test('port unification, dialing over TLS', async t =>
    peerTransportContract(run(t), { cut: true }, () => bench({ sslQuorum: true, portUnification: true, tls })),
  )
})
