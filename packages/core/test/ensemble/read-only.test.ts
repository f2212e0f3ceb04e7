import t from 'tap'
import { settle, type TestClient } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const READ_ONLY = { settings: { readOnlyModeEnabled: true, fourLetterWords: ['*'] } }

/** Cuts a follower off, and waits until it serves reads. */
async function cutOff(ensemble: TestEnsemble): Promise<number> {
  const id = ensemble.followerIds[0]
  for (const other of ensemble.ids) if (other !== id) ensemble.network.cut(id, other)
  const { warnings } = ensemble.get(id)
  await ensemble.until(() => warnings.some(text => text.includes('serving reads')), 'read-only mode')
  return id
}

async function readOnlyClient(ensemble: TestEnsemble, id: number, from?: TestClient): Promise<TestClient> {
  const client = ensemble.get(id).dial()
  await client.connect(4000, from?.sessionId, from?.password, 0, true)
  return client
}

t.test('a server that is cut off serves reads to clients that ask for no more, and refuses the others', async t => {
  const ensemble = await TestEnsemble.start(3, READ_ONLY)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const writer = await ensemble.get(leader).connect(4000)
  await writer.ask(writer.create('/a'))
  const id = await cutOff(ensemble)
  const refused = await ensemble.get(id).connect(4000)
  t.ok(refused.closed)
  t.equal(refused.sessionId, 0n)
  const client = await readOnlyClient(ensemble, id)
  t.ok(client.servedReadOnly)
  t.not(client.sessionId, 0n)
  const replies = await client.ask(
    client.exists('/a', true),
    client.create('/b'),
    client.request(9, body => body.ustring('/')),
    client.getChildren('/'),
    client.ping(),
  )
  t.strictSame(
    replies.map(({ err }) => err),
    [0, -119, -119, 0, 0],
  )
  const [closed] = await client.ask(client.close())
  t.equal(closed.err, 0, "the session is its own server's to close")
  t.ok(client.closed)
})

t.test('a session from before keeps its id in read-only mode, and its server cannot close it', async t => {
  const ensemble = await TestEnsemble.start(3, READ_ONLY)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const before = await ensemble.get(ensemble.followerIds[0]).connect(40_000)
  await ensemble.until(() => before.sessionId !== 0n, 'a session')
  t.notOk(before.servedReadOnly)
  const id = await cutOff(ensemble)
  t.ok(before.closed)
  const client = await readOnlyClient(ensemble, id, before)
  t.equal(client.sessionId, before.sessionId)
  t.strictSame(
    (await client.ask(client.close(), client.exists('/'))).map(({ err }) => err),
    [-119, 0],
  )
})

t.test('a session of another server that is not known here is not called expired', async t => {
  const ensemble = await TestEnsemble.start(3, READ_ONLY)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const id = await cutOff(ensemble)
  const elsewhere = await ensemble.get(leader).connect(4000)
  await ensemble.until(() => elsewhere.sessionId !== 0n, 'a session')
  const client = await readOnlyClient(ensemble, id, elsewhere)
  t.ok(client.closed)
  t.equal(client.timeoutMs, -1, 'there is no answer')
})

t.test('a read-only session expires at its server, which then says so', async t => {
  const ensemble = await TestEnsemble.start(3, READ_ONLY)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const id = await cutOff(ensemble)
  const client = await readOnlyClient(ensemble, id)
  await ensemble.until(() => client.closed, 'the session to expire')
  const again = await readOnlyClient(ensemble, id, client)
  t.equal(again.timeoutMs, 0)
  t.equal(again.sessionId, 0n)
})

t.test('when there is a leader again, read-only clients are closed and their sessions end', async t => {
  const ensemble = await TestEnsemble.start(3, READ_ONLY)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const id = await cutOff(ensemble)
  const client = await readOnlyClient(ensemble, id)
  for (const other of ensemble.ids) if (other !== id) ensemble.network.join(id, other)
  await ensemble.until(() => ensemble.roleOf(id) === 'following', 'the server to follow')
  t.ok(client.closed)
  const again = ensemble.get(id).dial()
  await again.connect(4000, client.sessionId, client.password)
  await settle()
  t.equal(again.timeoutMs, 0, 'the session has expired')
  const other = await ensemble.get(id).connect(4000)
  await ensemble.until(() => other.sessionId !== 0n, 'a session')
  t.notOk(other.servedReadOnly)
  t.equal((await other.ask(other.create('/w')))[0].err, 0)
})

t.test('without readonlymode.enabled a server that is cut off serves nobody', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const id = ensemble.followerIds[0]
  for (const other of ensemble.ids) if (other !== id) ensemble.network.cut(id, other)
  ensemble.clock.advance(5000)
  await settle()
  ensemble.clock.advance(5000)
  await settle()
  const client = await readOnlyClient(ensemble, id)
  t.ok(client.closed)
})
