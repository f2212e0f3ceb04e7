import t from 'tap'
import type { JuteWriter } from '../../dist/jute/index.js'
import { type TestClient, writeCreate } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const local = (upgrading: boolean) => ({
  options: new Map<string, unknown>([
    ['localSessionsEnabled', true],
    ['localSessionsUpgradingEnabled', upgrading],
  ]),
})

const EPHEMERAL = { flags: 1 }

/** A multi of creates, by path and flags. */
function multi(client: TestClient, ...creates: [path: string, flags: number][]): Uint8Array {
  const header = (w: JuteWriter, type: number, done: boolean) => {
    w.int(type)
    w.bool(done)
    w.int(-1)
  }
  return client.request(14, w => {
    for (const [path, flags] of creates) {
      header(w, 1, false)
      writeCreate(w, path, { flags })
    }
    header(w, -1, true)
  })
}

async function gauge(ensemble: TestEnsemble, id: number, name: string): Promise<number | undefined> {
  for (const [key, value] of ensemble.get(id).server.metrics.read()) if (key === name) return value as number
  return undefined
}

t.test('a local session makes no transaction, and writes and reads through any server', async t => {
  const ensemble = await TestEnsemble.start(3, local(true))
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const first = await ensemble.get(1).connect(4000)
  await first.ask(first.create('/first'))
  for (const [n, id] of ensemble.ids.entries()) {
    const before = ensemble.get(id).server.lastZxid
    const client = await ensemble.get(id).connect(4000)
    t.not(client.sessionId, 0n)
    t.equal(ensemble.get(id).server.lastZxid, before, 'no transaction made it')
    const replies = await client.ask(client.create(`/n${n}`), client.exists(`/n${n}`), client.close())
    t.strictSame(
      replies.map(({ err }) => err),
      [0, 0, 0],
      `at the ${ensemble.roleOf(id)} server`,
    )
    t.ok(client.closed)
    t.equal(ensemble.get(id).server.lastZxid, before + 1, 'nor closed it')
  }
})

t.test('the first ephemeral makes a local session global under the same id', async t => {
  const ensemble = await TestEnsemble.start(3, local(true))
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [first, second] = ensemble.followerIds
  for (const [at, other] of [
    [first, second],
    [leader, second],
  ]) {
    const client = await ensemble.get(at).connect(4000)
    const path = `/e${at}`
    const replies = await client.ask(client.create(path, EPHEMERAL), client.exists(path))
    t.strictSame(
      replies.map(({ err }) => err),
      [0, 0],
    )
    client.destroy()
    const moved = ensemble.get(other).dial()
    await moved.connect(4000, client.sessionId, client.password)
    t.equal(moved.sessionId, client.sessionId, 'which another server can take over')
    t.equal((await moved.ask(moved.exists(path)))[0].err, 0)
    t.equal((await moved.ask(moved.close()))[0].err, 0)
    const reader = await ensemble.get(first).connect(4000)
    t.equal((await reader.ask(reader.exists(path)))[0].err, -101, 'and its end deletes what it owned')
  }
})

t.test('a multi with an ephemeral makes a local session global, one without does not', async t => {
  const ensemble = await TestEnsemble.start(3, local(true))
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const { server } = ensemble.get(ensemble.followerIds[0])
  const created: bigint[] = []
  server.sessions.events$.subscribe(({ kind, id }) => void (kind === 'created' && created.push(id)))
  const client = await ensemble.get(ensemble.followerIds[0]).connect(4000)
  await client.ask(client.create('/first'))
  const before = server.lastZxid
  t.equal((await client.ask(multi(client, ['/p', 0], ['/q', 0])))[0].err, 0)
  t.equal(server.lastZxid, before + 1)
  t.equal((await client.ask(multi(client, ['/r', 0], ['/s', 3])))[0].err, 0)
  t.equal(server.lastZxid, before + 3, 'the session and the multi')
  t.strictSame(created, [client.sessionId], 'it is created once')
})

t.test('where upgrading is off, an ephemeral of a local session is refused in its turn', async t => {
  const ensemble = await TestEnsemble.start(3, local(false))
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  for (const id of ensemble.ids) {
    const client = await ensemble.get(id).connect(4000)
    const replies = await client.ask(
      client.create(`/p${id}`),
      client.create(`/e${id}`, EPHEMERAL),
      multi(client, [`/x${id}`, 0], [`/y${id}`, 1]),
      client.exists(`/e${id}`),
    )
    t.strictSame(
      replies.map(({ err }) => err),
      [0, -120, -120, -101],
    )
  }
})

t.test('a local session is expired by its own server, and known to no other', async t => {
  const ensemble = await TestEnsemble.start(3, local(true))
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const [first, second] = ensemble.followerIds
  const client = await ensemble.get(first).connect(2000)
  const elsewhere = ensemble.get(second).dial()
  await elsewhere.connect(2000, client.sessionId, client.password)
  t.equal(elsewhere.timeoutMs, 0, 'another server says that it has expired')
  t.equal(await gauge(ensemble, first, 'local_sessions'), 1)
  client.destroy()
  const again = ensemble.get(first).dial()
  await again.connect(2000, client.sessionId, client.password)
  t.equal(again.sessionId, client.sessionId, 'its own takes it back')
  await ensemble.until(() => again.closed, 'the session to expire')
  t.equal(await gauge(ensemble, first, 'local_sessions'), 0)
  const late = ensemble.get(first).dial()
  await late.connect(2000, client.sessionId, client.password)
  t.equal(late.timeoutMs, 0)
})

t.test('a local session lives on through an election', async t => {
  const ensemble = await TestEnsemble.start(3, local(true))
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(ensemble.followerIds[0]).connect(4000)
  await ensemble.crash(leader)
  await ensemble.untilServing()
  t.equal((await client.ask(client.create('/e', EPHEMERAL)))[0].err, 0)
  t.notOk(client.closed)
})
