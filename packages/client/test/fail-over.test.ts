/** Which server is tried when. */
import { ConnectionLossError, connect, OpCode } from '@menagerie/client'
import t from 'tap'
import { connected, STAT, settled, stat } from './support/fake-client.js'
import { FakeNetwork, reply } from './support/fake-server.js'
import { ManualClock } from './support/manual-clock.js'

const THREE = 'a:1,b:2,c:3'

t.test('a server that closes without an answer is left for the next one at once', async t => {
  const { client, peer, network, clock } = await connected({ servers: THREE })
  clock.advance(5000)
  peer.close()
  for (const host of ['b', 'c']) {
    const refusing = await network.next()
    t.equal(refusing.address.host, host)
    refusing.open()
    await refusing.hello()
    refusing.close()
  }
  const back = await network.welcome()
  t.equal(back.address.host, 'a')
  t.equal(client.state, 'connected')
  t.equal(clock.monotonic(), 5000, 'no time has passed')
  client.detach()
})

t.test('a server that welcomes and breaks off at once counts as tried, and the next one is asked at once', async t => {
  const { client, peer, network, clock } = await connected({ servers: THREE })
  peer.close()
  const second = await network.welcome()
  second.close()
  const third = await network.welcome()
  t.equal(third.address.host, 'c')
  third.close()
  await settled()
  t.equal(network.dials, 3, 'after a whole round there is a pause')
  clock.advance(50)
  await network.welcome()
  t.equal(client.state, 'connected')
  client.detach()
  t.equal(clock.timers, 0)
})

t.test('the order of servers is random, from the source of chance that was given', async t => {
  const orders = new Set<string>()
  for (let seed = 0; seed < 6; seed++) {
    const draws = [seed % 3, Math.floor(seed / 3)]
    const random = { below: () => draws.shift() ?? 0, bytes: (count: number) => new Uint8Array(count) }
    const network = new FakeNetwork()
    const connecting = connect({ servers: THREE, dialer: network, clock: new ManualClock(), random })
    const order: string[] = []
    for (let i = 0; i < 3; i++) {
      const peer = await network.next()
      order.push(peer.address.host)
      peer.close()
    }
    await t.rejects(connecting, ConnectionLossError)
    orders.add(order.join(''))
  }
  t.strictSame([...orders].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
})

t.test('the time for one server shrinks with the number of servers, so that a round fits into the session', async t => {
  const network = new FakeNetwork()
  const clock = new ManualClock()
  const connecting = connect({ servers: THREE, dialer: network, clock, shuffleServers: false, sessionTimeoutMs: 6000 })
  const silent = await network.next()
  clock.advance(1999)
  t.notOk(silent.closed)
  clock.advance(1)
  t.ok(silent.closed)
  await network.welcome()
  const client = await connecting
  client.detach()
})

t.test('a request that is called off while there is no connection never leaves', async t => {
  const { client, peer, network, clock } = await connected()
  peer.close()
  await settled()
  const abort = new AbortController()
  const before = client.exists('/before')
  const dropped = client.create('/dropped', null, { signal: abort.signal })
  const after = client.exists('/after')
  abort.abort(new Error('enough'))
  await t.rejects(dropped, { message: 'enough' })
  clock.advance(1000)
  const next = await network.welcome()
  for (const promise of [before, after]) {
    const { xid, opcode } = await next.request()
    t.equal(opcode, OpCode.exists)
    next.send(reply(xid, stat))
    t.strictSame(await promise, STAT)
  }
  t.equal(next.waiting, 0)
  client.detach()
})
