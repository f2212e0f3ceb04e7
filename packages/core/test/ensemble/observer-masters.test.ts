/** Observers that are behind a follower rather than the leader. */
import type { PeerLink, PeerTransport } from '@menagerie/core'
import t, { type Test } from 'tap'
import { settle, type TestClient } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const OBSERVERS = [4, 5]
const options = (more: [string, unknown][] = []) => ({
  observers: OBSERVERS,
  settings: { fourLetterWords: ['*'] },
  options: new Map<string, unknown>([['observerMasterPort', 4000], ...more]),
})

async function started(t: Test, more: [string, unknown][] = []): Promise<TestEnsemble> {
  const ensemble = new TestEnsemble([1, 2, 3, ...OBSERVERS], options(more))
  t.teardown(() => ensemble.close())
  for (const id of [1, 2, 3]) await ensemble.start(id)
  await ensemble.untilServing()
  return ensemble
}

/** Lets time pass until this client finds a path, or finds it no more. */
async function finds(ensemble: TestEnsemble, client: TestClient, path: string, there: boolean): Promise<boolean> {
  for (let passed = 0; passed < 60_000; passed += 100) {
    const [reply] = await client.ask(client.exists(path))
    if ((reply?.err === 0) === there) return true
    ensemble.clock.advance(100)
  }
  return false
}

async function mntr(ensemble: TestEnsemble, id: number, name: string): Promise<number> {
  let text = ''
  const end = ensemble.get(id).listener.dial({ data: bytes => void (text += Buffer.from(bytes)), closed: () => {} })
  end.send(Buffer.from('mntr'))
  await settle()
  return Number(new RegExp(`^zk_${name}\\t(.*)$`, 'm').exec(text)?.[1])
}

t.test('observers are behind followers: the leader has none of them, and their clients see and write all', async t => {
  const ensemble = await started(t)
  const before = await ensemble.get(1).connect(4000)
  for (let n = 0; n < 20; n++) await before.ask(before.create(`/before${n}`))
  for (const id of OBSERVERS) await ensemble.start(id)
  const leader = await ensemble.untilServing()
  t.equal(await mntr(ensemble, leader, 'synced_observers'), 0)
  const counts = await Promise.all(ensemble.followerIds.map(id => mntr(ensemble, id, 'synced_observers')))
  t.equal(
    counts.reduce((a, b) => a + b, 0),
    OBSERVERS.length,
  )
  for (const id of OBSERVERS) {
    const client = await ensemble.get(id).connect(4000)
    t.equal((await client.ask(client.exists('/before19')))[0].err, 0)
    const replies = await client.ask(
      client.create(`/by${id}`),
      client.setData(`/by${id}`, Uint8Array.of(1)),
      client.exists(`/by${id}`),
      client.delete('/nowhere'),
      client.create(`/e${id}`, { flags: 1 }),
      client.request(9, w => w.ustring('/')),
    )
    t.strictSame(
      replies.map(({ err }) => err),
      [0, 0, 0, -101, 0, 0],
      'each answered, in order, and a sync among them',
    )
    t.equal((await before.ask(before.exists(`/e${id}`)))[0].err, 0)
    t.equal((await client.ask(client.close()))[0].err, 0)
    await settle()
    t.equal((await before.ask(before.exists(`/e${id}`)))[0].err, -101, 'its end deletes what it owned')
  }
})

t.test('a session moves between an observer and other servers, and its heartbeats there keep it alive', async t => {
  const ensemble = await started(t)
  for (const id of OBSERVERS) await ensemble.start(id)
  await ensemble.untilServing()
  const client = await ensemble.get(1).connect(1000)
  await client.ask(client.create('/mine', { flags: 1 }))
  client.destroy()
  const moved = ensemble.get(4).dial()
  await moved.connect(1000, client.sessionId, client.password)
  t.equal(moved.timeoutMs, 1000)
  for (let passed = 0; passed < 5000; passed += 200) {
    ensemble.clock.advance(200)
    await moved.ask(moved.ping())
  }
  t.notOk(moved.closed)
  t.equal((await moved.ask(moved.exists('/mine')))[0].err, 0)
  moved.destroy()
  const other = await ensemble.get(5).connect(20_000)
  t.ok(await finds(ensemble, other, '/mine', false), 'a session that is silent ends')
  const late = ensemble.get(4).dial()
  await late.connect(1000, client.sessionId, client.password)
  await ensemble.until(() => late.closed, 'an answer')
  t.equal(late.timeoutMs, 0, 'it has expired everywhere')
})

for (const [what, more] of [
  ['what was kept in memory', []],
  ['the log', [['commitLogCount', 2]]],
  ['a snapshot', [['forceSnapshotSync', true]]],
] as [string, [string, unknown][]][]) {
  t.test(`an observer that comes again is brought up to date by ${what}`, async t => {
    const ensemble = await started(t, more)
    await ensemble.start(4)
    await ensemble.untilServing()
    const client = await ensemble.get(1).connect(60_000)
    for (let round = 0; round < 3; round++) {
      await ensemble.crash(4)
      for (let n = 0; n < 10; n++) await client.ask(client.create(`/r${round}n${n}`))
      await ensemble.start(4)
      await ensemble.untilServing()
      await client.ask(client.create(`/after${round}`))
      await ensemble.until(
        () => ensemble.get(4).server.lastZxid === ensemble.get(1).server.lastZxid,
        'the observer to have all of it',
      )
    }
    const reader = await ensemble.get(4).connect(4000)
    const replies = await reader.ask(...[0, 1, 2].map(round => reader.exists(`/r${round}n9`)))
    t.strictSame(
      replies.map(({ err }) => err),
      [0, 0, 0],
    )
  })
}

t.test('who loses its follower goes to another one', async t => {
  const ensemble = await started(t)
  await ensemble.start(4)
  await ensemble.untilServing()
  const [first, second] = ensemble.followerIds
  const behind = async (id: number) => (await mntr(ensemble, id, 'synced_observers')) === 1
  const [lost, kept] = (await behind(first)) ? [first, second] : [second, first]
  ensemble.network.cut(4, lost)
  const { warnings } = ensemble.get(4)
  await ensemble.until(() => warnings.some(line => line.startsWith('stops observing')), 'the observer to notice')
  await ensemble.untilServing()
  t.ok(await behind(kept))
  const client = await ensemble.get(4).connect(4000)
  t.equal((await client.ask(client.create('/a')))[0].err, 0)
})

t.test('an observer that no follower takes goes to the leader', async t => {
  const port = new Map<string, unknown>([['observerMasterPort', 4000]])
  const ensemble = new TestEnsemble([1, 2, 3, 4], {
    ...options(),
    optionsOf: id => (id === 4 ? port : new Map()),
  })
  t.teardown(() => ensemble.close())
  for (const id of ensemble.ids) await ensemble.start(id)
  const leader = await ensemble.untilServing()
  t.equal(await mntr(ensemble, leader, 'synced_observers'), 1)
})

t.test('a new leader finds its observers behind its followers', async t => {
  const ensemble = await started(t)
  for (const id of OBSERVERS) await ensemble.start(id)
  const leader = await ensemble.untilServing()
  await ensemble.crash(leader)
  await ensemble.until(() => ensemble.leaderId !== undefined && ensemble.leaderId !== leader, 'another leader')
  await ensemble.untilServing()
  const client = await ensemble.get(4).connect(4000)
  t.equal((await client.ask(client.create('/a')))[0].err, 0)
  const other = await ensemble.get(5).connect(4000)
  t.ok(await finds(ensemble, other, '/a', true), 'the write at the other observer')
})

t.test('an observer that is stopped just as it reaches a follower leaves it at once', async t => {
  let release: (() => void) | undefined
  const closed: (string | undefined)[] = []
  /** Reaches whoever it is, and tells of it when the test says so. */
  const slow = (transport: PeerTransport): PeerTransport => {
    const connect = async (...to: Parameters<PeerTransport['connect']>) => {
      const link: PeerLink = await transport.connect(...to)
      const close = link.close.bind(link)
      link.close = reason => {
        closed.push(reason)
        close(reason)
      }
      await new Promise<void>(resolve => {
        release = resolve
      })
      return link
    }
    return new Proxy(transport, {
      get(inner, key) {
        if (key === 'connect') return connect
        const value = Reflect.get(inner, key, inner)
        return typeof value === 'function' ? value.bind(inner) : value
      },
    })
  }
  const ensemble = new TestEnsemble([1, 2, 3, ...OBSERVERS], {
    ...options(),
    transportOf: (id, transport) => (id === 4 ? slow(transport) : transport),
  })
  t.teardown(() => ensemble.close())
  for (const id of [1, 2, 3]) await ensemble.start(id)
  await ensemble.untilServing()
  const { server } = await ensemble.start(4)
  await ensemble.until(() => release !== undefined, 'a link to a follower')
  let stopped = false
  const closing = server.close().then(() => {
    stopped = true
  })
  await settle()
  release!()
  await settle()
  t.strictSame(closed, ['the server is stopped'])
  await ensemble.until(() => stopped, 'the end of the observer')
  await closing
})
