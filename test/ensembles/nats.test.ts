/** An ensemble whose servers meet at NATS: it elects, serves, and goes on without its leader. */
import { spawn } from 'node:child_process'
import { type Client, connect } from '@menagerie/client'
import { type EnsembleConfig, type EnsembleServer, type Role, Server } from '@menagerie/core'
import { transportNats } from '@menagerie/transport-nats'
import { transportTcp } from '@menagerie/transport-tcp'
import t from 'tap'
import { Child } from '../support/child.js'
import { freePort } from '../support/ports.js'

const ids = [1, 2, 3]

function ensemble(myId: number): EnsembleConfig {
  // The transport finds peers by id: addresses are what the list's grammar asks for.
  const addresses = [{ host: '127.0.0.1', quorumPort: 2888, electionPort: 3888 }]
  const servers = new Map(ids.map(id => [id, { id, role: 'participant', addresses } satisfies EnsembleServer]))
  const rest = { groups: new Map(), weights: new Map(), version: '0', distributed: true, options: new Map() }
  return { servers, myId, ...rest }
}

class Running {
  role: Role = 'starting'
  private constructor(readonly server: Server) {
    server.role$.subscribe(role => {
      this.role = role
    })
  }

  static async start(id: number, nats: string): Promise<Running> {
    const server = await Server.start({
      settings: { serverId: id, tickTimeMs: 200 },
      ensemble: ensemble(id),
      plugins: [
        transportNats({ servers: nats, heartbeatMs: 50, deadAfterMs: 2000 }),
        transportTcp({ listen: [{ port: 0 }] }),
      ],
    })
    return new Running(server)
  }

  connect(): Promise<Client> {
    const [{ host, port }] = this.server.addresses
    return connect(`${host}:${port}`)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 20))
}

t.test('three servers over NATS keep every write when their leader goes', async t => {
  const port = await freePort()
  const nats = new Child(spawn('/usr/sbin/nats-server', ['-a', '127.0.0.1', '-p', String(port)]), 'nats-server')
  t.teardown(() => nats.end())
  await nats.until(/Server is ready/)
  const servers = await Promise.all(ids.map(id => Running.start(id, `nats://127.0.0.1:${port}`)))
  const leading = () => servers.filter(({ role }) => role === 'leading')
  const following = () => servers.filter(({ role }) => role === 'following')
  await until(() => leading().length === 1 && following().length === 2)

  const writer = await following()[0].connect()
  await writer.create('/written', Buffer.from('before'))
  await Promise.all(Array.from({ length: 200 }, (_, n) => writer.create(`/written/${n}`, Buffer.alloc(1000))))
  await writer.close()
  const [leader] = leading()
  await leader.server.close()
  await until(() => leading().length === 1 && following().length === 1)

  const reader = await leading()[0].connect()
  t.equal((await reader.getChildren('/written')).length, 200)
  await reader.setData('/written', Buffer.from('after'))
  await reader.close()
  for (const { server } of servers) await server.close()
})
