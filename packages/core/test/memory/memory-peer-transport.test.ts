import { ManualClock, noAddresses, peerTransportContract } from '@menagerie/core/contract'
import { MemoryPeerNetwork, type MemoryPeerTransport } from '@menagerie/core/memory'
import t from 'tap'

peerTransportContract(
  (name, body) => {
    t.test(name, body)
  },
  { cut: true },
  async () => {
    const network = new MemoryPeerNetwork(new ManualClock())
    const transports: MemoryPeerTransport[] = []
    return {
      peers: noAddresses,
      create: self => {
        const transport = network.transport(self)
        transports.push(transport)
        return transport
      },
      cut: (a, b) => network.cut(a, b),
      join: async (a, b) => network.join(a, b),
      dispose: async () => {
        for (const transport of transports) await transport.close()
      },
    }
  },
)

t.test('an id can be open once on a network', async t => {
  const network = new MemoryPeerNetwork(new ManualClock())
  await network.transport(1).open(1, noAddresses)
  await t.rejects(network.transport(1).open(1, noAddresses), { code: 'LISTEN_FAILED' })
})

t.test('a joined network carries votes and links again', async t => {
  const network = new MemoryPeerNetwork(new ManualClock())
  const [one, two] = [network.transport(1), network.transport(2)]
  await one.open(1, noAddresses)
  await two.open(2, noAddresses)
  network.cut(2, 1)
  await t.rejects(one.connect(2), /server 2 cannot be reached from server 1/)
  network.join(1, 2)
  await one.connect(2)
})

t.test('a peer that is not in the set is not reached', async t => {
  const network = new MemoryPeerNetwork(new ManualClock())
  const [one, two] = [network.transport(1), network.transport(2)]
  await one.open(1, noAddresses)
  await two.open(2, noAddresses)
  one.setPeers(new Map([[3, []]]))
  await t.rejects(one.connect(2), /cannot be reached/)
})
