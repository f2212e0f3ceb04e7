import { NO_NODE } from '@menagerie/core'
import t from 'tap'
import { settle, startServer } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const NO_VOTE = 'looks for a leader without a vote: the end of the log was damaged'

/** Creates znodes through a server, each of them acknowledged. */
async function write(ensemble: TestEnsemble, at: number, paths: readonly string[]): Promise<void> {
  const client = await ensemble.get(at).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  for (const path of paths) {
    const answer = client.ask(client.create(path))
    let done = false
    answer.then(() => {
      done = true
    })
    await ensemble.until(() => done, `the creation of ${path}`)
    if ((await answer)[0].err !== 0) throw new Error(`${path} was not created`)
  }
}

/** Stops a server, and changes the last record of its log. */
async function crashDamaged(ensemble: TestEnsemble, id: number): Promise<void> {
  await ensemble.crash(id)
  ensemble.media.get(id)!.log.damageLast()
}

/** Whether a server's tree has a znode. */
function has(ensemble: TestEnsemble, id: number, path: string): boolean {
  const { store } = ensemble.get(id).server
  let node = store.firstChild(store.root)
  for (; node !== NO_NODE; node = store.nextSibling(node)) if (store.pathOf(node) === path) return true
  return false
}

/** Lets time pass in which a leader would have been found many times over. */
async function pass(ensemble: TestEnsemble, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 20) {
    await settle()
    ensemble.clock.advance(20)
  }
}

t.test('a member whose last record is damaged takes it from its leader, and votes again', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [damaged, other] = ensemble.followerIds
  await write(ensemble, leader, ['/a', '/b', '/c'])
  await crashDamaged(ensemble, damaged)
  await ensemble.start(damaged)
  t.ok(ensemble.get(damaged).warnings.includes(NO_VOTE))
  await ensemble.untilServing()
  t.equal(ensemble.media.get(damaged)!.log.damage, 'none')
  t.ok(has(ensemble, damaged, '/c'))
  await ensemble.crash(other)
  await write(ensemble, leader, ['/d'])
  await ensemble.crash(leader)
  await ensemble.start(other)
  const next = await ensemble.untilServing()
  t.equal(next, damaged, 'it has the most, and leads')
  t.ok(has(ensemble, other, '/d'))
})

t.test('what only a leader and a damaged follower had is not lost by an election without that leader', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [damaged, behind] = ensemble.followerIds
  await ensemble.crash(behind)
  await write(ensemble, leader, ['/acknowledged'])
  await ensemble.crash(leader)
  await crashDamaged(ensemble, damaged)
  await ensemble.start(damaged)
  await ensemble.start(behind)
  await pass(ensemble, 10_000)
  t.equal(ensemble.leaderId, undefined, 'the two do not decide anything')
  await ensemble.start(leader)
  await ensemble.untilServing()
  for (const id of ensemble.ids) t.ok(has(ensemble, id, '/acknowledged'), `server ${id} has it`)
})

t.test('with two of three damaged there is no quorum, and each says so', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  await write(ensemble, leader, ['/a'])
  const damaged = ensemble.followerIds
  for (const id of damaged) await crashDamaged(ensemble, id)
  for (const id of damaged) await ensemble.start(id)
  await pass(ensemble, 10_000)
  t.equal(ensemble.leaderId, undefined)
  for (const id of damaged) t.ok(ensemble.get(id).warnings.includes(NO_VOTE), `server ${id} says so`)
})

t.test('a crash before all is replaced leaves a server without a vote', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [damaged, other] = ensemble.followerIds
  await write(ensemble, leader, ['/a', '/b', '/c'])
  await crashDamaged(ensemble, damaged)
  await write(ensemble, leader, ['/d', '/e'])
  const { log } = await ensemble.start(damaged)
  log.hold()
  await ensemble.until(() => log.pending > 0, 'a flush of what the leader has sent')
  log.fail(new Error('the power is gone'))
  await ensemble.crash(damaged)
  t.equal(ensemble.media.get(damaged)!.log.damage, 'set aside')
  await ensemble.crash(leader)
  await ensemble.start(damaged)
  await pass(ensemble, 10_000)
  t.equal(ensemble.leaderId, undefined, `server ${other} is alone`)
  await ensemble.start(leader)
  await ensemble.untilServing()
  t.ok(has(ensemble, damaged, '/e'))
})

t.test('a server that is alone refuses to start with a damaged log, and changes nothing', async t => {
  const ensemble = await TestEnsemble.start(3)
  const leader = await ensemble.untilServing()
  await write(ensemble, leader, ['/a'])
  const disk = ensemble.media.get(leader)!
  await ensemble.close()
  disk.log.damageLast()
  const before = [...disk.log.records].map(({ zxid, bytes }) => ({ zxid, bytes: bytes.slice() }))
  await t.rejects(startServer({ medium: disk }), { code: 'LOG_CORRUPT' })
  t.equal(disk.log.damage, 'found')
  t.strictSame([...disk.log.records], before)
})
