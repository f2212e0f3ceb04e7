import t from 'tap'
import type { TestClient } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const SETTINGS = { reconfigEnabled: true, skipAcl: true }
const RECONFIG = 16
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

interface Change {
  readonly joining?: string
  readonly leaving?: string
  readonly members?: string
  readonly version?: number
}

function reconfig(client: TestClient, { joining, leaving, members, version = -1 }: Change): Uint8Array {
  return client.request(RECONFIG, body => {
    body.ustring(joining ?? null)
    body.ustring(leaving ?? null)
    body.ustring(members ?? null)
    body.long(version)
  })
}

async function connected(ensemble: TestEnsemble, id: number): Promise<TestClient> {
  const client = await ensemble.get(id).connect(20_000)
  await ensemble.until(() => client.sessionId !== 0n, `a session at server ${id}`)
  return client
}

/** What /zookeeper/config shows at a server. */
async function shown(ensemble: TestEnsemble, id: number): Promise<string> {
  const client = await connected(ensemble, id)
  const [reply] = await client.ask(client.getData('/zookeeper/config'))
  return text(reply.body.subarray(4, reply.body.length - 68))
}

t.test('the first leader gives the configuration a version', async t => {
  const ensemble = await TestEnsemble.start(3, { settings: SETTINGS })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  for (const id of ensemble.ids) t.match(await shown(ensemble, id), /\nversion=100000000$/)
})

t.test('without reconfigEnabled a reconfiguration is refused', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const client = await connected(ensemble, await ensemble.untilServing())
  t.equal((await client.ask(reconfig(client, { leaving: '1' })))[0].err, -123)
})

t.test('a server that joins becomes a voter, and one that leaves has no vote any more', async t => {
  const ensemble = await TestEnsemble.start(3, { settings: SETTINGS })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await connected(ensemble, ensemble.followerIds[0])
  ensemble.ids.push(4)
  await ensemble.start(4)
  await ensemble.until(() => ensemble.roleOf(4) === 'following', 'server 4 to follow')
  const joining = 'server.4=127.0.0.1:2004:3004:participant;127.0.0.1:4004'
  const [joined] = await client.ask(reconfig(client, { joining }))
  t.equal(joined.err, 0)
  t.match(text(joined.body), /server\.4=127\.0\.0\.1:2004:3004:participant;127\.0\.0\.1:4004/)
  const leaving = ensemble.followerIds.find(id => id !== 4 && id !== leader)!
  const [left] = await client.ask(reconfig(client, { leaving: String(leaving) }))
  t.equal(left?.err, 0)
  for (const id of ensemble.ids) if (id !== leaving) t.notMatch(await shown(ensemble, id), `server.${leaving}=`)
  // Of the three that vote now, two are a quorum: the one that has joined among them.
  const other = ensemble.ids.find(id => id !== leader && id !== leaving && id !== 4)!
  await ensemble.crash(other)
  await ensemble.crash(leaving)
  const rest = await connected(ensemble, leader)
  t.equal((await rest.ask(rest.create('/after')))[0]?.err, 0)
})

t.test('a leader that is removed hands over to a voter of the new configuration', async t => {
  const ensemble = await TestEnsemble.start(4, { settings: SETTINGS })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await connected(ensemble, ensemble.followerIds[0])
  t.equal((await client.ask(client.create('/kept')))[0].err, 0)
  client.send(reconfig(client, { leaving: String(leader) }))
  await ensemble.until(() => {
    const next = ensemble.leaderId
    return next !== undefined && next !== leader
  }, 'another leader')
  const again = await connected(ensemble, ensemble.leaderId!)
  t.equal((await again.ask(again.exists('/kept')))[0].err, 0)
  t.equal((await again.ask(again.create('/new')))[0].err, 0)
  t.notMatch(await shown(ensemble, ensemble.leaderId!), `server.${leader}=`)
})

t.test('conditions and refusals are those of Apache', async t => {
  const ensemble = await TestEnsemble.start(3, { settings: SETTINGS })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await connected(ensemble, leader)
  const codes = async (change: Change) => (await client.ask(reconfig(client, change)))[0].err
  t.equal(await codes({ leaving: '1', version: 7 }), -103, 'another version')
  t.equal(await codes({ leaving: '1,2' }), -8, 'too few voters')
  t.equal(await codes({ joining: 'server.9' }), -8, 'no address')
  const away = (n: number) => `server.${n}=127.0.0.1:${2000 + n}:${3000 + n}:participant;127.0.0.1:${4000 + n}`
  const members = [away(7), away(8), away(9)].join(',')
  t.equal(await codes({ members }), -13, 'no quorum of the new configuration is in step')
})

t.test('an observer becomes a voter', async t => {
  const ensemble = await TestEnsemble.start(4, { settings: SETTINGS, observers: [4] })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await connected(ensemble, leader)
  const joining = 'server.4=127.0.0.1:2004:3004:participant;127.0.0.1:4004'
  t.equal((await client.ask(reconfig(client, { joining })))[0].err, 0)
  await ensemble.until(() => ensemble.roleOf(4) === 'following', 'server 4 to follow as a voter')
})
