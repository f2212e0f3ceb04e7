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

t.test('an observer follows without a vote: clients read and write through it', async t => {
  const ensemble = await TestEnsemble.start(4, { observers: [4] })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  t.equal(ensemble.roleOf(4), 'observing')
  const client = await ensemble.get(4).connect(4000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  t.equal((await client.ask(client.create('/o', { data: bytes('x') })))[0].err, 0)
  t.equal((await client.ask(client.request(9, body => body.ustring('/'))))[0].err, 0)
  const other = await ensemble.get(leader).connect(4000)
  t.equal((await other.ask(other.setData('/o', bytes('y'))))[0].err, 0)
  await settle()
  const [read] = await client.ask(client.getData('/o'))
  t.equal(new TextDecoder().decode(read.body.subarray(4, 5)), 'y')
})

t.test('an observer keeps no quorum: without two voters nobody leads', async t => {
  const ensemble = await TestEnsemble.start(4, { observers: [4] })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const [first, second] = [1, 2, 3].filter(id => id !== ensemble.leaderId)
  await ensemble.crash(first)
  await ensemble.crash(second)
  await ensemble.until(() => ensemble.leaderId === undefined, 'the leader to give up')
})

t.test('a server that was away for long gets what it missed out of the log, an empty one a snapshot', async t => {
  const ensemble = await TestEnsemble.start(3, { options: new Map([['commitLogCount', 10]]) })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [away, empty] = ensemble.followerIds
  const client = await ensemble.get(leader).connect(20_000)
  t.equal((await client.ask(client.create('/before')))[0].err, 0)
  await ensemble.crash(away)
  for (let n = 0; n < 50; n++) t.equal((await client.ask(client.create(`/n${n}`)))[0].err, 0)
  await ensemble.start(away)
  await ensemble.untilServing()
  ensemble.media.delete(empty)
  await ensemble.crash(empty)
  await ensemble.start(empty)
  await ensemble.untilServing()
  for (const id of [away, empty]) {
    const reader = await ensemble.get(id).connect(4000)
    await ensemble.until(() => reader.sessionId !== 0n, 'a session')
    for (const path of ['/before', '/n0', '/n49']) t.equal((await reader.ask(reader.exists(path)))[0].err, 0)
  }
})

t.test('what a leader that was cut off had in its log alone is cut off when it comes back', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const followers = ensemble.followerIds
  const client = await ensemble.get(leader).connect(20_000)
  t.equal((await client.ask(client.create('/kept')))[0].err, 0)
  for (const id of followers) ensemble.network.cut(leader, id)
  t.strictSame(await client.ask(client.create('/lost')), [], 'not acknowledged')
  await ensemble.until(() => followers.some(id => ensemble.roleOf(id) === 'leading'), 'another leader')
  const next = followers.find(id => ensemble.roleOf(id) === 'leading')!
  const other = await ensemble.get(next).connect(20_000)
  await ensemble.until(() => other.sessionId !== 0n, 'a session')
  t.equal((await other.ask(other.create('/next')))[0].err, 0)
  for (const id of followers) ensemble.network.join(leader, id)
  await ensemble.until(() => ensemble.roleOf(leader) === 'following', 'the former leader to follow')
  const back = await ensemble.get(leader).connect(4000)
  await ensemble.until(() => back.sessionId !== 0n, 'a session at the former leader')
  const found = await back.ask(back.exists('/kept'), back.exists('/lost'), back.exists('/next'))
  t.strictSame(
    found.map(({ err }) => err),
    [0, -101, 0],
  )
})

t.test('a server that is not in the configuration is refused, with a reason', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  ensemble.ids.push(9)
  await ensemble.start(9)
  const refused = () => ensemble.get(leader).warnings.some(text => /server 9 is not in the configuration/.test(text))
  await ensemble.until(refused, 'the refusal')
  t.equal(ensemble.roleOf(9), 'looking')
  t.equal(ensemble.roleOf(leader), 'leading')
})

t.test('a synchronisation may take longer than initLimit, as long as it goes on', async t => {
  const ensemble = await TestEnsemble.start(3, { options: new Map([['initLimit', 10]]) })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect(20_000)
  for (let n = 0; n < 60; n++) await client.ask(client.create(`/n${n}`, { data: new Uint8Array(200_000) }))
  const [empty] = ensemble.followerIds
  await ensemble.crash(empty)
  ensemble.media.delete(empty)
  ensemble.network.slow(leader, empty, 50)
  const beganAt = ensemble.clock.monotonic()
  await ensemble.start(empty)
  await ensemble.until(() => ensemble.roleOf(empty) === 'following', 'the empty server to follow')
  t.ok(ensemble.clock.monotonic() - beganAt > 10 * 200, 'it took longer')
  t.strictSame(
    ensemble.get(empty).warnings.filter(text => /stops following/.test(text)),
    [],
    'in one attempt',
  )
})
