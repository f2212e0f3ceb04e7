import t from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const bytes = (text: string) => new TextEncoder().encode(text)

t.test('three servers elect one leader, and a write through a follower is read from all', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  t.equal(ensemble.followerIds.length, 2)
  const [first, second] = ensemble.followerIds
  const client = await ensemble.get(first).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  const [created] = await client.ask(client.create('/a', { data: bytes('one') }))
  t.equal(created?.err, 0)
  const reader = await ensemble.get(second).connect()
  const atLeader = await ensemble.get(ensemble.leaderId!).connect()
  for (const other of [reader, atLeader]) {
    await ensemble.until(() => other.sessionId !== 0n, 'a session')
    const [read] = await other.ask(other.getData('/a'))
    t.equal(read.err, 0)
  }
})

t.test('a leader that dies is replaced, and nothing acknowledged is lost', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect()
  for (let n = 0; n < 20; n++) t.equal((await client.ask(client.create(`/n${n}`)))[0].err, 0)
  await ensemble.crash(leader)
  const next = await ensemble.untilServing()
  t.not(next, leader)
  const again = await ensemble.get(next).connect()
  for (let n = 0; n < 20; n++) t.equal((await again.ask(again.exists(`/n${n}`)))[0].err, 0)
  t.equal((await again.ask(again.create('/after')))[0].err, 0)
  await ensemble.start(leader)
  await ensemble.untilServing()
  const back = await ensemble.get(leader).connect()
  await ensemble.until(() => back.sessionId !== 0n, 'a session at the server that came back')
  t.equal((await back.ask(back.exists('/after')))[0].err, 0)
})

t.test('a session moves from a server that dies to another one, with its ephemerals', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const [first, second] = ensemble.followerIds
  const client = await ensemble.get(first).connect(4000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  t.equal((await client.ask(client.create('/e', { flags: 1 })))[0].err, 0)
  await ensemble.crash(first)
  const moved = await ensemble.get(second).connect(4000)
  t.not(moved.sessionId, client.sessionId)
  const again = ensemble.get(second).dial()
  await again.connect(4000, client.sessionId, client.password)
  await settle()
  t.equal(again.sessionId, client.sessionId)
  t.equal((await again.ask(again.exists('/e')))[0].err, 0)
})

t.test('a session that nobody keeps alive expires everywhere', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [first] = ensemble.followerIds
  const client = await ensemble.get(first).connect(1000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  t.equal((await client.ask(client.create('/e', { flags: 1 })))[0].err, 0)
  client.destroy()
  const other = await ensemble.get(leader).connect(4000)
  let gone = false
  await ensemble.until(() => {
    void other.ask(other.exists('/e')).then(([reply]) => (gone = reply?.err === -101))
    return gone
  }, 'the ephemeral to go')
})

t.test('sync waits for the leader to be confirmed, through a follower too', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  for (const id of ensemble.servers.keys()) {
    const client = await ensemble.get(id).connect(4000)
    await ensemble.until(() => client.sessionId !== 0n, 'a session')
    const [reply] = await client.ask(client.request(9, body => body.ustring('/')))
    t.equal(reply?.err, 0, `sync at server ${id}`)
  }
})

t.test('a sync at a leader that is cut off is never answered', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect(4000)
  for (const id of ensemble.followerIds) ensemble.network.cut(leader, id)
  const replies = await client.ask(client.request(9, body => body.ustring('/')))
  t.strictSame(replies, [])
  await ensemble.until(() => client.closed, 'the leader to give up')
  t.strictSame(client.replies, [])
})

t.test('a client that waits for nothing is kept through an election, and goes on under the next leader', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const clients = await Promise.all(ensemble.followerIds.map(id => ensemble.get(id).connect(4000)))
  await ensemble.until(() => clients.every(({ sessionId }) => sessionId !== 0n), 'sessions')
  t.equal((await clients[0].ask(clients[0].create('/w')))[0].err, 0)
  await clients[1].ask(clients[1].getData('/w', true))
  await ensemble.crash(leader)
  for (const client of clients) client.send(client.setData('/w', bytes('next')))
  await ensemble.untilServing()
  await ensemble.until(() => clients.every(client => client.replies.some(({ xid }) => xid === 2)), 'replies')
  t.strictSame(
    clients.map(({ closed }) => closed),
    [false, false],
  )
  t.ok(
    clients[1].replies.some(({ xid }) => xid === -1),
    'the watch has fired',
  )
})

t.test('a client with a write under way is told nothing, and has to look again', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [first] = ensemble.followerIds
  const client = await ensemble.get(first).connect(4000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  ensemble.network.cut(first, leader)
  client.send(client.create('/under-way'))
  await ensemble.until(() => client.closed, 'the connection to close')
  t.strictSame(client.replies, [])
})

t.test('clients of a server that finds no leader are let go', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const [first] = ensemble.followerIds
  const client = await ensemble.get(first).connect(4000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  for (const id of ensemble.ids) if (id !== first) ensemble.network.cut(first, id)
  await ensemble.until(() => client.closed, 'the connection to close')
})
