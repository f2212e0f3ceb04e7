/** A live ensemble is moved from files to RocksDB, server by server: storages differ meanwhile, and nothing is lost. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, ConnectionLossError, CreateMode, connect } from '@menagerie/client'
import { type ConfiguredPlugin, type EnsembleConfig, type EnsembleServer, type Role, Server } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { storageRocksdb } from '@menagerie/storage-rocksdb'
import { transportTcp, transportTcpPeers } from '@menagerie/transport-tcp'
import t from 'tap'
import { runChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

t.setTimeout(300_000)

const command = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))
const ids = [1, 2, 3]
const text = (value: string) => new TextEncoder().encode(value)

interface Ports {
  readonly client: number
  readonly quorum: number
  readonly election: number
}

class Member {
  role: Role = 'starting'
  private constructor(readonly server: Server) {
    server.role$.subscribe(role => {
      this.role = role
    })
  }

  static async start(id: number, ports: ReadonlyMap<number, Ports>, storage: ConfiguredPlugin): Promise<Member> {
    const addressOf = ({ quorum, election }: Ports) => [
      { host: '127.0.0.1', quorumPort: quorum, electionPort: election },
    ]
    const servers = new Map(
      [...ports].map(([other, of]) => [
        other,
        { id: other, role: 'participant', addresses: addressOf(of) } satisfies EnsembleServer,
      ]),
    )
    const ensemble: EnsembleConfig = {
      servers,
      myId: id,
      groups: new Map(),
      weights: new Map(),
      version: '0',
      distributed: true,
      options: new Map(),
    }
    const listen = [{ host: '127.0.0.1', port: ports.get(id)!.client }]
    const plugins = [storage, transportTcpPeers({}), transportTcp({ listen })]
    return new Member(await Server.start({ settings: { serverId: id, tickTimeMs: 200 }, ensemble, plugins }))
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 20))
}

/** Creates a znode, once more where the connection broke before the answer came. */
async function createSurely(client: Client, path: string): Promise<void> {
  for (;;) {
    try {
      if ((await client.exists(path)) === null) await client.create(path, text(path))
      return
    } catch (error) {
      if (!(error instanceof ConnectionLossError)) throw error
    }
  }
}

t.test('an ensemble on files becomes one on RocksDB while a client goes on', async t => {
  const folder = tempDir('storages')
  t.teardown(() => removeDir(folder))
  const ports = new Map<number, Ports>()
  for (const id of ids) {
    ports.set(id, { client: await freePort(), quorum: await freePort(), election: await freePort() })
  }
  const files = (id: number) => join(folder, `files-${id}`)
  const rocks = (id: number) => join(folder, `rocks-${id}`)
  const started = ids.map(id => Member.start(id, ports, storageFile({ dataDir: files(id) })))
  const members = new Map((await Promise.all(started)).map((member, i) => [ids[i]!, member]))
  t.teardown(() => Promise.all([...members.values()].map(({ server }) => server.close())))
  const count = (role: Role) => [...members.values()].filter(member => member.role === role).length
  await until(() => count('leading') === 1 && count('following') === 2)

  const client = await connect([...ports.values()].map(({ client }) => `127.0.0.1:${client}`).join(','))
  const states: string[] = []
  client.state$.subscribe(state => states.push(state))
  await client.create('/mine', text('while the session lives'), { mode: CreateMode.EPHEMERAL })
  await client.create('/n')
  let written = 0
  const write = async () => {
    for (let i = 0; i < 20; i++) await createSurely(client, `/n/${written++}`)
  }
  await write()

  for (const id of ids) {
    await members.get(id)!.server.close()
    members.delete(id)
    await write()
    const addresses = ['--from', `file:${files(id)}`, '--to', `rocksdb:${rocks(id)}`]
    const copied = await runChild(process.execPath, [command, 'storage', 'copy', ...addresses])
    t.match(copied, { code: 0, stderr: '' }, `server ${id} is copied`)
    members.set(id, await Member.start(id, ports, storageRocksdb({ path: rocks(id) })))
    await until(() => count('leading') === 1 && count('following') === 2)
    await write()
  }
  t.notOk(states.includes('expired'), 'the session lived through it')

  for (const { client: port } of ports.values()) {
    const reader = await connect(`127.0.0.1:${port}`)
    await reader.sync('/')
    t.equal((await reader.getChildren('/n')).length, written, `port ${port} has every znode`)
    t.ok(await reader.exists('/mine'), 'and the ephemeral one')
    await reader.close()
  }
  await client.close()
})
