/** Two servers with an oracle, which says of each whether it may go on without the other. */
import type { ServerId } from '@menagerie/core'
import t, { type Test } from 'tap'
import { TestEnsemble } from './support.js'

async function pair(t: Test, favoured: () => ServerId | undefined, size = 2): Promise<TestEnsemble> {
  const ids = Array.from({ length: size }, (_, index) => index + 1)
  const ensemble = new TestEnsemble(ids, { oracleOf: id => id === favoured() })
  t.teardown(() => ensemble.close())
  return ensemble
}

async function bothServing(ensemble: TestEnsemble): Promise<[leader: ServerId, follower: ServerId]> {
  for (const id of ensemble.ids) await ensemble.start(id)
  const leader = await ensemble.untilServing()
  return [leader, ensemble.ids.find(id => id !== leader)!]
}

t.test('a leader whose only follower is gone goes on as long as its oracle says so', async t => {
  let favoured: ServerId | undefined
  const ensemble = await pair(t, () => favoured)
  const [leader, follower] = await bothServing(ensemble)
  favoured = leader
  const client = await ensemble.get(leader).connect(60_000)
  await ensemble.crash(follower)
  for (let n = 0; n < 3; n++) t.equal((await client.ask(client.create(`/n${n}`)))[0].err, 0)
  t.notOk(client.closed, 'nobody was sent away')
  favoured = undefined
  await ensemble.until(() => ensemble.roleOf(leader) === 'looking', 'the end of its term, since it is favoured no more')
})

t.test('what waited for a follower that is gone is committed', async t => {
  let favoured: ServerId | undefined
  const ensemble = await pair(t, () => favoured)
  const [leader, follower] = await bothServing(ensemble)
  favoured = leader
  const client = await ensemble.get(leader).connect(60_000)
  ensemble.get(follower).log.hold()
  t.strictSame(await client.ask(client.create('/waits')), [], 'its follower has not made it durable')
  ensemble.network.cut(leader, follower)
  await ensemble.until(() => client.replies.length > 0, 'the reply')
  ensemble.get(follower).log.release()
  t.equal(client.replies[0].err, 0)
})

t.test('a leader that its oracle does not favour stops when its follower is gone', async t => {
  let favoured: ServerId | undefined
  const ensemble = await pair(t, () => favoured)
  const [leader, follower] = await bothServing(ensemble)
  favoured = follower
  await ensemble.crash(follower)
  await ensemble.until(() => ensemble.roleOf(leader) === 'looking', 'the end of its term')
  for (let passed = 0; passed < 20_000; passed += 100) ensemble.clock.advance(100)
  t.equal(ensemble.roleOf(leader), 'looking', 'and it does not lead again')
})

t.test('a follower whose leader is gone leads alone, has all that was written, and takes the other back', async t => {
  let favoured: ServerId | undefined
  const ensemble = await pair(t, () => favoured)
  const [leader, follower] = await bothServing(ensemble)
  const before = await ensemble.get(leader).connect(60_000)
  t.equal((await before.ask(before.create('/before')))[0].err, 0)
  favoured = follower
  await ensemble.crash(leader)
  await ensemble.until(() => ensemble.roleOf(follower) === 'leading', 'a leader without a follower')
  const client = await ensemble.get(follower).connect(60_000)
  t.equal((await client.ask(client.exists('/before')))[0].err, 0)
  t.equal((await client.ask(client.create('/alone')))[0].err, 0)
  await ensemble.start(leader)
  await ensemble.until(() => ensemble.roleOf(leader) === 'following', 'the former leader as a follower')
  t.equal(ensemble.roleOf(follower), 'leading')
  const there = await ensemble.get(leader).connect(60_000)
  t.equal((await there.ask(there.exists('/alone')))[0].err, 0)
})

t.test('both that start at once follow the votes, whomever the oracle favours', async t => {
  const ensemble = await pair(t, () => 1)
  t.equal((await bothServing(ensemble))[0], 2)
})

t.test('with three voters the oracle has no say', async t => {
  const ensemble = await pair(t, () => 1, 3)
  await ensemble.start(1)
  for (let passed = 0; passed < 20_000; passed += 100) ensemble.clock.advance(100)
  t.equal(ensemble.roleOf(1), 'looking')
})
