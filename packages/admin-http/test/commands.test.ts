import { definePlugin, type EnsembleConfig, PEER_TRANSPORT } from '@menagerie/core'
import { MemoryPeerNetwork } from '@menagerie/core/memory'
import { systemClock } from '@menagerie/platform-node'

import t from 'tap'
import { z } from 'zod'
import { watchedServer } from './support/bench.js'

t.test('every command has the other names that Apache has for it', async t => {
  const { ask } = await watchedServer(t)
  const names = {
    configuration: ['conf', 'config'],
    connection_stat_reset: ['crst'],
    connections: ['cons'],
    environment: ['env', 'envi'],
    get_trace_mask: ['gtmk'],
    initial_configuration: ['icfg'],
    is_read_only: ['isro'],
    last_snapshot: ['lsnp'],
    leader: ['lead'],
    monitor: ['mntr'],
    observer_connection_stat_reset: ['orst'],
    observers: ['obsr'],
    server_stats: ['srvr'],
    set_trace_mask: ['stmk'],
    stat_reset: ['srst'],
    stats: ['stat'],
    system_properties: ['sysp'],
    watch_summary: ['wchs'],
    watches: ['wchc'],
    watches_by_path: ['wchp'],
  }
  for (const [primary, others] of Object.entries(names))
    for (const other of others) t.equal((await ask(other))['command'], primary, other)
})

t.test('the list links to every command', async t => {
  const { admin } = await watchedServer(t)
  const list = await (await fetch(`${admin}/commands`)).text()
  t.match(list, '<a href="/commands/stats">stats</a>\n<br/>\n')
  t.equal(list.match(/<a /g)!.length, 28)
  t.equal(await (await fetch(`${admin}/commands/`)).text(), list)
})

t.test('the commands may be elsewhere', async t => {
  const { admin } = await watchedServer(t, { http: { admin: { commandUrl: '/zk/admin' } } })
  t.match(await (await fetch(`${admin}/zk/admin`)).text(), '<a href="/zk/admin/ruok">ruok</a>')
  t.match(await (await fetch(`${admin}/zk/admin/ruok`)).json(), { command: 'ruok' })
  t.equal((await fetch(`${admin}/commands/ruok`)).status, 404)
})

t.test('what clients do shows', async t => {
  const { ask, connect } = await watchedServer(t)
  const client = await connect()
  await client.create('/a', new Uint8Array(3))
  await client.create('/a/e', null, { mode: 1 })
  await client.getData('/a', { watch: () => {} })
  const id = client.session.id
  const text = async (command: string) => JSON.stringify(await ask(command))
  t.match(await text('dump'), '"/a/e"')
  t.match(await ask('watch_summary'), { num_connections: 1, num_paths: 1, num_total_watches: 1 })
  t.strictSame((await ask('watches'))['session_id_to_watched_paths'], { [String(id)]: ['/a'] })
  t.strictSame(Object.keys((await ask('watches_by_path'))['path_to_session_ids'] as object), ['/a'])
  t.match(await ask('stats'), { node_count: 7, server_stats: { last_processed_zxid: 3, server_state: 'standalone' } })
  t.match(await ask('connections'), {
    connections: [{ last_operation: 'GETD', last_cxid: Number }],
    secure_connections: [],
  })
})

t.test('statistics start again when that is asked for', async t => {
  const { ask, connect } = await watchedServer(t)
  const client = await connect()
  await client.create('/a')
  await ask('stat_reset')
  t.match(await ask('server_stats'), { server_stats: { packets_received: 0, packets_sent: 0 } })
  await ask('connection_stat_reset')
  t.match(await ask('connections'), { connections: [{ packets_received: 0, last_operation: 'NA', last_zxid: -1 }] })
})

t.test('the trace mask is kept, and what is no 64-bit number is refused', async t => {
  const { ask } = await watchedServer(t)
  t.match(await ask('set_trace_mask?traceMask=-9223372036854775808'), { error: null })
  t.match(await ask('gtmk'), { tracemask: -(2 ** 63) })
  for (const wrong of ['', 'x', '1.5', '9223372036854775808', '99999999999999999999'])
    t.match(await ask(`stmk?traceMask=${wrong}`), {
      error: `setTraceMask requires long traceMask argument, got ${wrong}`,
    })
  t.match(await ask('gtmk'), { tracemask: -(2 ** 63) })
})

t.test('a server that serves nobody says so, but for what needs nobody to be served', async t => {
  const { server, ask } = await watchedServer(t, { ensemble: aloneOf(3), plugins: [silentPeers()] })
  t.teardown(() => server.close())
  const error = 'This ZooKeeper instance is not currently serving requests'
  for (const command of ['stats', 'ruok', 'leader', 'configuration']) t.match(await ask(command), { command, error })
  t.match(await ask('zabstate'), { zabstate: 'election', voting: true, error: null })
  for (const command of ['monitor', 'environment', 'get_trace_mask'])
    t.match(await ask(command), { command, error: null })
})

/** The first of so many servers, of which no other one is there. */
function aloneOf(size: number): EnsembleConfig {
  const servers = new Map(
    Array.from({ length: size }, (_, index) => {
      const id = index + 1
      const addresses = [{ host: '127.0.0.1', quorumPort: 2000 + id, electionPort: 3000 + id }]
      return [id, { id, role: 'participant' as const, addresses }] as const
    }),
  )
  return {
    servers,
    groups: new Map(),
    weights: new Map(),
    version: '0',
    myId: 1,
    distributed: true,
    options: new Map(),
  }
}

function silentPeers() {
  const network = new MemoryPeerNetwork(systemClock)
  return definePlugin({
    name: 'peers',
    core: '^0.1.0',
    provides: [PEER_TRANSPORT],
    options: z.strictObject({}),
    register: container => void container.registerInstance(PEER_TRANSPORT, network.transport(1)),
  })()
}
