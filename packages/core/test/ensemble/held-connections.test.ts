/** Clients whose connections stay while their server has no leader. */
import type { PeerTransport, ServerId } from '@menagerie/core'
import t, { type Test } from 'tap'
import { settle } from '../server/harness.js'
import { replaced, TestEnsemble } from './support.js'

/** Five servers of which the leader has gone, a client of server 1, and server 1 kept from joining the next leader. */
async function start(t: Test) {
  let gate: Promise<void> = Promise.resolve()
  let open = () => {}
  const gated = (transport: PeerTransport): PeerTransport =>
    replaced(transport, { connect: async (...to) => gate.then(() => transport.connect(...to)) })
  const ensemble = await TestEnsemble.start(5, {
    transportOf: (id: ServerId, transport) => (id === 1 ? gated(transport) : transport),
  })
  t.teardown(() => ensemble.close())
  t.equal(await ensemble.untilServing(), 5)
  const client = await ensemble.get(1).connect(4000)
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  gate = new Promise(resolve => {
    open = resolve
  })
  await ensemble.crash(5)
  await ensemble.until(() => ensemble.leaderId === 4 && ensemble.followerIds.length === 2, 'the next leader')
  client.send(client.create('/early'))
  await settle()
  t.notOk(client.closed)
  t.equal(client.replies.length, 0, 'what the client asks meanwhile waits')
  const join = async () => {
    open()
    await ensemble.until(() => ensemble.roleOf(1) === 'following', 'server 1 to join')
  }
  return { ensemble, client, join }
}

t.test('go on under the next leader', async t => {
  const { ensemble, client, join } = await start(t)
  await join()
  await ensemble.until(() => client.replies.length > 0, 'the reply')
  t.equal(client.replies[0].err, 0)
})

t.test('end where the client has gone to another server meanwhile', async t => {
  const { ensemble, client, join } = await start(t)
  const moved = await ensemble.get(2).dial().connect(4000, client.sessionId, client.password)
  await ensemble.until(() => moved.timeoutMs !== -1, 'the answer to the client at its new server')
  const ask = async (frame: Uint8Array) => {
    const { length } = moved.replies
    moved.send(frame)
    await ensemble.until(() => moved.replies.length > length, 'a reply')
    return moved.replies[length].err
  }
  t.equal(await ask(moved.create('/late')), 0)
  await join()
  await ensemble.until(() => client.closed, 'the end of the old connection')
  t.equal(await ask(moved.exists('/early')), -101, 'what it had asked does not follow what the client asked later')
  t.equal(await ask(moved.create('/later')), 0, 'and the session stays where it is')
  t.notOk(moved.closed)
})
