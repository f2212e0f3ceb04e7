import t from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

/** Within which clients of followers go on under the next leader, in the ensemble's time. */
const HAND_OVER_MS = 200

t.test('a leader that is closed hands over at once, and clients of followers stay', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const clients = await Promise.all(ensemble.followerIds.map(id => ensemble.get(id).connect(4000)))
  await ensemble.until(() => clients.every(({ sessionId }) => sessionId !== 0n), 'sessions')
  const closing = ensemble.get(leader).server.close()
  const beganAt = ensemble.clock.monotonic()
  await settle()
  ensemble.servers.delete(leader)
  for (const [n, client] of clients.entries()) client.send(client.create(`/n${n}`))
  await ensemble.untilServing()
  await ensemble.until(() => clients.every(({ replies }) => replies.length > 0), 'replies')
  const tookMs = ensemble.clock.monotonic() - beganAt
  t.ok(tookMs <= HAND_OVER_MS, `the next leader serves after ${tookMs} ms`)
  t.strictSame(
    clients.map(({ closed, replies }) => [closed, replies.map(({ err }) => err)]),
    [
      [false, [0]],
      [false, [0]],
    ],
  )
  await closing
})

t.test('what a leader has proposed when it is closed is committed and answered; what comes later is not', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect(4000)
  const late = await ensemble.get(leader).connect(4000)
  const { log } = ensemble.get(leader)
  for (const id of ensemble.followerIds) ensemble.get(id).log.hold()
  log.hold()
  t.strictSame(await client.ask(client.create('/proposed')), [], 'not durable anywhere yet')
  const closing = ensemble.get(leader).server.close()
  await settle()
  t.strictSame(await late.ask(late.create('/late')), [])
  t.equal((await late.ask(late.exists('/late'))).length, 0, 'which waits behind the write')
  t.equal(ensemble.leaderId, leader, 'it still leads')
  log.release()
  for (const id of ensemble.followerIds) ensemble.get(id).log.release()
  await closing
  t.strictSame(
    client.replies.map(({ err }) => err),
    [0],
  )
  t.strictSame(late.replies, [])
  t.same([client.closed, late.closed], [true, true])
  ensemble.servers.delete(leader)
  const next = await ensemble.untilServing()
  const reader = await ensemble.get(next).connect(4000)
  const found = await reader.ask(reader.exists('/proposed'), reader.exists('/late'))
  t.strictSame(
    found.map(({ err }) => err),
    [0, -101],
  )
})

t.test('a leader whose quorum does not answer stops all the same', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect(4000)
  const followers = ensemble.followerIds.map(id => ensemble.get(id))
  for (const { log } of followers) log.hold()
  t.strictSame(await client.ask(client.create('/stuck')), [])
  let closed = false
  const beganAt = ensemble.clock.monotonic()
  const closing = ensemble
    .get(leader)
    .server.close()
    .then(() => {
      closed = true
    })
  await ensemble.until(() => closed, 'the leader to stop')
  await closing
  t.ok(ensemble.clock.monotonic() - beganAt <= HAND_OVER_MS)
  t.strictSame(client.replies, [])
  ensemble.servers.delete(leader)
  for (const { log } of followers) log.release()
})
