/** Connecting for the first time. */
import { AuthFailedError, connect, OpCode, SessionExpiredError } from '@menagerie/client'
import { AuthPacket, JuteReader } from '@menagerie/core/jute'
import t from 'tap'
import { FakeNetwork, reply, welcome } from './support/fake-server.js'
import { ManualClock } from './support/manual-clock.js'

const SECRET = new Uint8Array([1, 2, 3])

t.test('connecting', async t => {
  t.test('rejects when no server of the list answers, and gives up', async t => {
    const network = new FakeNetwork()
    const clock = new ManualClock()
    const connecting = connect({ servers: 'a:1,b:2', shuffleServers: false, dialer: network, clock })
    const first = await network.next()
    first.close(new Error('refused'))
    const second = await network.next()
    second.close(new Error('refused too'))
    await t.rejects(connecting, { name: 'ConnectionLossError', message: /b:2: refused too/ })
    t.equal(clock.timers, 0)
    t.equal(network.dials, 2)
  })

  t.test('passes over a server that accepts and says nothing', async t => {
    const network = new FakeNetwork()
    const clock = new ManualClock()
    const connecting = connect({
      servers: 'a:1,b:2',
      shuffleServers: false,
      dialer: network,
      clock,
      connectTimeoutMs: 500,
    })
    const silent = await network.next()
    silent.open()
    clock.advance(500)
    t.ok(silent.closed)
    const peer = await network.welcome()
    t.equal(peer.address.host, 'b')
    const client = await connecting
    client.detach()
  })

  t.test('can be called off', async t => {
    const network = new FakeNetwork()
    const clock = new ManualClock()
    const abort = new AbortController()
    const connecting = connect({ servers: 'a:1', dialer: network, clock, signal: abort.signal })
    const peer = await network.next()
    abort.abort(new Error('enough'))
    await t.rejects(connecting, { message: 'enough' })
    t.ok(peer.closed)
    t.equal(clock.timers, 0)
    await t.rejects(connect({ servers: 'a:1', dialer: network, clock, signal: abort.signal }), { message: 'enough' })
    t.equal(network.dials, 1)
  })

  t.test('with a session that the server no longer knows rejects with SessionExpired', async t => {
    const network = new FakeNetwork()
    const session = { id: 0x42n, password: new Uint8Array(16).fill(9) }
    const connecting = connect({ servers: 'a:1', dialer: network, session })
    const peer = await network.next()
    peer.open()
    t.match(await peer.hello(), { sessionId: 0x42n, passwd: session.password })
    peer.send(welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false }))
    await t.rejects(connecting, SessionExpiredError)
    t.ok(peer.closed)
  })

  t.test('presents credentials before it resolves, and rejects when one is refused', async t => {
    const network = new FakeNetwork()
    const auth = [{ scheme: 'digest', credential: SECRET }]
    const connecting = connect({ servers: 'a:1', dialer: network, auth })
    const peer = await network.welcome()
    const { xid, opcode, body } = await peer.request()
    t.match({ xid, opcode }, { xid: -4, opcode: OpCode.auth })
    t.strictSame(AuthPacket.read(new JuteReader(body)), { type: 0, scheme: 'digest', auth: SECRET })
    peer.send(reply(-4, undefined, -115, 0))
    const error = await connecting.catch(error => error)
    t.ok(error instanceof AuthFailedError)
    t.match(error, { scheme: 'digest', code: -115 })
    t.ok(peer.closed)
  })
})
