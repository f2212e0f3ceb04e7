/** Losing the connection, and the session with it. */
import { ClientClosedError, type ClientState, ConnectionLossError, SessionExpiredError } from '@menagerie/client'
import t from 'tap'
import { connected, STAT, settled, stat } from './support/fake-client.js'
import { reply, welcome } from './support/fake-server.js'

t.test('a lost connection', async t => {
  t.test('is replaced with the same session, and the client says so', async t => {
    const scene = await connected({ lastZxidSeen: 3 })
    const { client, peer, network, clock } = scene
    const states: ClientState[] = []
    client.state$.subscribe(state => states.push(state))
    const request = client.exists('/a')
    await settled()
    peer.send(reply(1, stat, 0, 9))
    await request
    clock.advance(1500)
    peer.close()
    const next = await network.next()
    t.equal(client.state, 'suspended')
    next.open()
    t.match(await next.hello(), { sessionId: client.session.id, passwd: client.session.password, lastZxidSeen: 9 })
    next.send(welcome())
    t.strictSame(states, ['connected', 'suspended', 'connected'])
    client.detach()
    t.strictSame(states, ['connected', 'suspended', 'connected', 'closed'])
  })

  t.test('is asked for at once after a long life, and at growing intervals after failures', async t => {
    const { client, peer, network, clock } = await connected({ reconnect: { initialDelayMs: 100, maxDelayMs: 300 } })
    clock.advance(1500)
    peer.close()
    await settled()
    t.equal(network.dials, 2)
    // The id's low bits spread the delays: here it is half of what is configured, and a little.
    for (const delay of [100, 200, 300, 300]) {
      const dials = network.dials
      const attempt = await network.next()
      attempt.close(new Error('refused'))
      await settled()
      clock.advance(delay / 2 - 1)
      t.equal(network.dials, dials)
      clock.advance(2)
      t.equal(network.dials, dials + 1)
    }
    client.detach()
    t.equal(clock.timers, 0)
  })

  t.test('lets new requests wait for the next one', async t => {
    const scene = await connected()
    const { client, peer, network, clock } = scene
    peer.close()
    await settled()
    const waiting = client.exists('/a')
    clock.advance(1000)
    const next = await network.welcome()
    const { xid } = await next.request()
    next.send(reply(xid, stat))
    t.strictSame(await waiting, STAT)
    client.detach()
  })

  t.test('fails waiting requests when no server can be reached', async t => {
    const { client, peer, network } = await connected({ servers: 'a:1,b:2' })
    peer.close()
    await settled()
    const waiting = client.exists('/a')
    const other = await network.next()
    other.close()
    await t.rejects(waiting, ConnectionLossError)
    t.equal(client.state, 'suspended')
    client.detach()
  })

  t.test('stays lost without automatic reconnect, until that is asked for', async t => {
    const { client, peer, network, clock } = await connected({ reconnect: false })
    peer.close()
    await settled()
    t.equal(client.state, 'suspended')
    t.equal(clock.timers, 0)
    await t.rejects(client.exists('/a'), ConnectionLossError)
    const reconnecting = client.reconnect()
    await network.welcome()
    await reconnecting
    t.equal(client.state, 'connected')
    client.detach()
  })

  t.test('can be brought about by reconnect, which fails requests under way', async t => {
    const { client, peer, network } = await connected({ servers: 'a:1,b:2' })
    const request = client.exists('/a')
    const reconnecting = client.reconnect()
    t.ok(peer.closed)
    await t.rejects(request, ConnectionLossError)
    const next = await network.welcome()
    t.equal(next.address.host, 'b')
    await reconnecting
    client.detach()
  })

  t.test('tells a reconnect that no server can be reached', async t => {
    const { client, network } = await connected()
    const reconnecting = client.reconnect()
    const attempt = await network.next()
    attempt.close(new Error('refused'))
    await t.rejects(reconnecting, { name: 'ConnectionLossError', message: /refused/ })
    t.equal(client.state, 'suspended')
    client.detach()
    await t.rejects(client.reconnect(), ClientClosedError)
  })
})

t.test('a session that expires meanwhile ends the client', async t => {
  const { client, peer, network, clock } = await connected()
  const states: ClientState[] = []
  let complete = false
  client.state$.subscribe({ next: state => states.push(state), complete: () => (complete = true) })
  peer.close()
  await settled()
  const waiting = client.exists('/a')
  clock.advance(1000)
  await network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
  await t.rejects(waiting, SessionExpiredError)
  await t.rejects(client.exists('/b'), SessionExpiredError)
  await t.rejects(client.reconnect(), SessionExpiredError)
  await client.close()
  t.strictSame(states, ['connected', 'suspended', 'expired'])
  t.ok(complete)
  t.equal(clock.timers, 0)
})
