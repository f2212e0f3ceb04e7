import { noAddresses, peerTransportContract } from '@menagerie/core/contract'
import type { NatsPeerTransport } from '@menagerie/transport-nats'
import t from 'tap'
import { type Cable, layCable } from './support/cable.js'
import { transport } from './support/ensemble.js'
import { type NatsServer, routed, startCluster, startNats } from './support/nats-server.js'

let alone: NatsServer
let cluster: NatsServer[]
t.before(async () => {
  alone = await startNats()
  cluster = await startCluster()
})
t.teardown(() => Promise.all([alone, ...cluster].map(node => node.kill())))

/** The kit, with the servers spread over these nodes. */
function contract(name: string, nodes: () => NatsServer[]): void {
  peerTransportContract(
    (test, body) => {
      t.test(`${name}: ${test}`, body)
    },
    { cut: true },
    async () => {
      const cables: Cable[] = []
      for (const id of [1, 2, 3]) cables[id] = await layCable(nodes()[id % nodes().length].port)
      const transports: NatsPeerTransport[] = []
      return {
        peers: noAddresses,
        create: self => {
          const made = transport({ servers: cables[self].url })
          transports.push(made)
          if (nodes().length === 1) return made
          // The kit connects at once. Where servers are spread over nodes, these have to know of a server first, which takes less
          // than any election.
          const open = made.open.bind(made)
          return Object.assign(made, {
            open: async (...how: Parameters<typeof open>) => {
              await open(...how)
              await routed(nodes())
            },
          })
        },
        cut: a => cables[a].cut(),
        join: () => new Promise(resolve => setTimeout(resolve, 10)),
        dispose: async () => {
          for (const made of transports) await made.close()
          for (const id of [1, 2, 3]) await cables[id].close()
        },
      }
    },
  )
}

contract('one NATS server', () => [alone])
contract('a NATS cluster', () => cluster)
