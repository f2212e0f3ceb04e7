import { definePlugin, type EnsembleConfig, type EnsembleServer, PEER_TRANSPORT } from '@menagerie/core'
import { MemoryPeerNetwork } from '@menagerie/core/memory'
import { systemClock } from '@menagerie/platform-node'
import { filter, firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { keyPaths, recorded, watchedServer } from './support/bench.js'

/** Commands whose keys are not the server's to choose: the machine's, and those of the configuration. */
const OWN_KEYS = new Set(['system_properties', 'environment'])

/** Kept for single znodes and learners, and of masters of observers: not counted here (docs/differences.md). */
const NOT_COUNTED = /_per_namespace$|_\d+_(ack_latency|learner_handler_qp_(size|time_ms))$|^observer_master_id$/

function sameMetrics(t: Test, found: object, expected: object): void {
  const names = new Set(Object.keys(found))
  const missing = Object.keys(expected).filter(name => !names.has(name) && !NOT_COUNTED.test(name))
  t.strictSame(missing, [], 'no metric is missing')
}

t.test('a server that is alone answers every command with the keys of Apache', async t => {
  const { ask, connect } = await watchedServer(t)
  const client = await connect()
  await client.create('/e', new Uint8Array(1), { mode: 1 })
  await client.getData('/e', { watch: () => {} })
  await client.exists('/none', { watch: () => {} })
  for (const [command, expected] of Object.entries(recorded.standalone)) {
    const found = await ask(command)
    if (command === 'monitor') sameMetrics(t, found, expected)
    else if (!OWN_KEYS.has(command)) t.strictSame(keyPaths(found), keyPaths(expected), command)
    t.equal(found['command'], expected['command'], `the name of ${command}`)
    t.same(found['error'], expected['error'], `the error of ${command}`)
  }
})

t.test('the keys stand in the order of Apache where the record has one', async t => {
  const { ask } = await watchedServer(t)
  for (const command of [
    'configuration',
    'leader',
    'set_trace_mask',
    'set_trace_mask?traceMask=306',
    'nope',
    'dirs',
    'dump',
  ])
    t.same(Object.keys(await ask(command)).sort(), Object.keys(recorded.standalone[command]).sort(), command)
  t.strictSame(Object.keys(await ask('stats')), Object.keys(recorded.standalone['stats']))
  t.strictSame(Object.keys(await ask('environment')), Object.keys(recorded.standalone['environment']))
})

t.test('system properties include what Apache says of the machine', async t => {
  const { ask } = await watchedServer(t)
  const names = Object.keys(await ask('system_properties'))
  const expected = Object.keys(recorded.standalone['system_properties']).filter(name => !name.startsWith('zookeeper.'))
  t.strictSame(
    expected.filter(name => !names.includes(name)),
    [],
  )
})

/** Two voters and an observer in this process. */
async function ensemble(t: Test) {
  const network = new MemoryPeerNetwork(systemClock)
  const servers = new Map<number, EnsembleServer>()
  for (const id of [1, 2, 3]) {
    const address = { host: '127.0.0.1', quorumPort: 2000 + id, electionPort: 3000 + id }
    servers.set(id, { id, role: id === 3 ? 'observer' : 'participant', addresses: [address] })
  }
  const config = { servers, groups: new Map(), weights: new Map(), version: '0', distributed: true, options: new Map() }
  const started = [1, 2, 3].map(id => {
    const peers = definePlugin({
      name: 'peers',
      core: '^0.1.0',
      provides: [PEER_TRANSPORT],
      options: z.strictObject({}),
      register: container => void container.registerInstance(PEER_TRANSPORT, network.transport(id)),
    })
    const own: EnsembleConfig = { ...config, myId: id }
    return watchedServer(t, { ensemble: own, plugins: [peers()], settings: { tickTimeMs: 500, serverId: id } })
  })
  const all = await Promise.all(started)
  for (const { server } of all) {
    await firstValueFrom(server.role$.pipe(filter(role => ['leading', 'following', 'observing'].includes(role))))
  }
  return all
}

/** Apache's learners leave the map of expiries empty: only the leader knows when a session is over. */
const named = (answer: object) => keyPaths(answer).filter(path => path !== '.expiry_time_to_session_ids.*')

t.test('the members of an ensemble answer with the keys of Apache', async t => {
  const members = await ensemble(t)
  for (const { ask, connect } of members) {
    const { server_state: state } = (await ask('monitor')) as { server_state: 'leader' | 'follower' | 'observer' }
    const client = await connect()
    await client.create(`/${state}`, null, { mode: 1 })
    await client.getData(`/${state}`, { watch: () => {} })
    await client.exists('/none', { watch: () => {} })
    for (const [command, expected] of Object.entries(recorded[state])) {
      const found = await ask(command)
      if (command === 'monitor') sameMetrics(t, found, expected)
      else if (!OWN_KEYS.has(command)) t.strictSame(named(found), named(expected), `${state}: ${command}`)
    }
  }
})

t.test('the members of an ensemble say who leads, who votes and how far they are', async t => {
  const members = await ensemble(t)
  const answers = await Promise.all(
    members.map(async ({ ask }) => ({
      leader: await ask('leader'),
      zab: await ask('zabstate'),
      view: await ask('voting_view'),
    })),
  )
  const leading = answers.filter(({ leader }) => leader['is_leader'] === true)
  t.equal(leading.length, 1)
  const leaderId = leading[0].zab['myid']
  for (const { leader } of answers) t.match(leader, { leader_id: leaderId, leader_ip: '127.0.0.1', error: null })
  t.strictSame(
    answers.map(({ zab }) => [zab['voting'], zab['zabstate']]),
    [
      [true, 'broadcast'],
      [true, 'broadcast'],
      [false, 'broadcast'],
    ],
  )
  t.strictSame(Object.keys(answers[2].view['current_config'] as object), ['1', '2'])
})
