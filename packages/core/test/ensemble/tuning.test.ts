import t from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const options = (...given: [string, unknown][]) => ({ options: new Map<string, unknown>(given) })

t.test('leaderServes=no: a leader serves no clients, and those it had as a follower go elsewhere', async t => {
  const ensemble = await TestEnsemble.start(3, options(['leaderServes', false]))
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const refused = await ensemble.get(leader).connect(4000)
  t.ok(refused.closed)
  const clients = await Promise.all(ensemble.followerIds.map(id => ensemble.get(id).connect(4000)))
  await ensemble.until(() => clients.every(({ sessionId }) => sessionId !== 0n), 'sessions')
  t.equal((await clients[0].ask(clients[0].create('/a')))[0].err, 0)
  await ensemble.crash(leader)
  const next = await ensemble.untilServing()
  await ensemble.until(() => clients.some(({ closed }) => closed), 'the client of the next leader to be let go')
  const kept = clients.find(({ closed }) => !closed)!
  t.equal((await kept.ask(kept.create('/b')))[0].err, 0)
  t.ok((await ensemble.get(next).connect(4000)).closed)
})

t.test('forceSnapshotSync: whoever lacks anything is sent a snapshot', async t => {
  const ensemble = await TestEnsemble.start(3, options(['forceSnapshotSync', true]))
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [away] = ensemble.followerIds
  const client = await ensemble.get(leader).connect(20_000)
  await ensemble.crash(away)
  await client.ask(client.create('/missed'))
  await ensemble.start(away)
  await ensemble.untilServing()
  const names = [...ensemble.media.get(away)!.snapshots.keys()]
  const zxid = ensemble.get(leader).server.lastZxid.toString(16)
  t.ok(
    names.some(name => name.endsWith(`.${zxid}`)),
    `there is one of ${zxid} among ${names}`,
  )
  const reader = await ensemble.get(away).connect(4000)
  t.equal((await reader.ask(reader.exists('/missed')))[0].err, 0)
})

t.test('observer.reconnectDelayMs: an observer waits before it looks for the next leader', async t => {
  const ensemble = await TestEnsemble.start(4, { observers: [4], ...options(['observer.reconnectDelayMs', 1_000_000]) })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  await ensemble.crash(leader)
  await ensemble.until(() => ensemble.leaderId !== undefined, 'the next leader')
  await settle()
  ensemble.clock.advance(1000)
  await settle()
  t.equal(ensemble.roleOf(4), 'looking')
  ensemble.clock.advance(1_000_000)
  await settle()
})

t.test('an observer that is sent a snapshot waits for its turn, and gets it', async t => {
  const ensemble = await TestEnsemble.start(5, {
    observers: [4, 5],
    ...options(['leader.maxConcurrentSnapSyncs', 1], ['forceSnapshotSync', true]),
  })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  t.strictSame([ensemble.roleOf(4), ensemble.roleOf(5)], ['observing', 'observing'])
})
