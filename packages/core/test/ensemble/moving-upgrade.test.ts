/** A client that goes to another server while its local session is becoming a global one. */
import type { ServerId } from '@menagerie/core'
import t, { type Test } from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const OPTIONS = {
  options: new Map<string, unknown>([
    ['localSessionsEnabled', true],
    ['localSessionsUpgradingEnabled', true],
  ]),
}
const EPHEMERAL = { flags: 1 }

async function move(t: Test, choose: (leader: ServerId, followers: ServerId[]) => [from: ServerId, to: ServerId]) {
  const ensemble = await TestEnsemble.start(3, OPTIONS)
  t.teardown(() => ensemble.close())
  const [from, to] = choose(await ensemble.untilServing(), ensemble.followerIds)
  const client = await ensemble.get(from).connect(4000)
  for (const { log } of ensemble.servers.values()) log.hold()
  client.send(client.create('/mine', EPHEMERAL))
  await settle()
  client.destroy()
  await settle()
  const moved = ensemble.get(to).dial()
  await moved.connect(4000, client.sessionId, client.password)
  for (const { log } of ensemble.servers.values()) log.release()
  await ensemble.until(() => moved.timeoutMs !== -1, 'an answer to the client')
  t.equal(moved.timeoutMs, 4000, 'its session lives')
  t.equal(moved.sessionId, client.sessionId)
  await settle()
  t.equal((await moved.ask(moved.exists('/mine')))[0].err, 0, 'with what it has made')
  t.equal((await moved.ask(moved.create('/more', EPHEMERAL)))[0].err, 0)
  t.equal((await moved.ask(moved.close()))[0].err, 0)
  const other = await ensemble.get(from).connect(4000)
  await other.ask(other.create('/later'))
  t.equal((await other.ask(other.exists('/mine')))[0].err, -101, 'and its end deletes that')
  t.equal((await other.ask(other.exists('/more')))[0].err, -101)
}

t.test('from one follower to another', t => move(t, (_, [first, second]) => [first, second]))
t.test('back to the same follower', t => move(t, (_, [first]) => [first, first]))
t.test('from a follower to the leader', t => move(t, (leader, [first]) => [first, leader]))
t.test('from the leader to a follower', t => move(t, (leader, [first]) => [leader, first]))
t.test('back to the leader', t => move(t, leader => [leader, leader]))
