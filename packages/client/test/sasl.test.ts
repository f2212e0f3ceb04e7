import { AuthFailedError, type ClientState, connect } from '@menagerie/client'
import { JuteReader, type JuteWriter, OpCode } from '@menagerie/core/jute'
import { digestMd5 } from '@menagerie/core/sasl'
import { filter, firstValueFrom } from 'rxjs'
import t from 'tap'
import { FakeNetwork, type FakePeer, notification, reply } from './support/fake-server.js'

const sasl = { username: 'bob', password: 'bob-secret' }
const random = { below: () => 0, bytes: (count: number) => new Uint8Array(count).fill(7) }
const users = digestMd5({ users: { bob: 'bob-secret' }, random })
const token = (bytes: Uint8Array | null) => (writer: JuteWriter) => writer.buffer(bytes)
const session = { serverId: 0n } as unknown as Parameters<typeof users.start>[0]

/** Plays the server's part, with these users. */
async function exchange(peer: FakePeer, mechanism = users): Promise<void> {
  const server = mechanism.start(session)
  for (;;) {
    const { xid, opcode, body } = await peer.request()
    if (xid !== 0 || opcode !== OpCode.sasl) throw new Error(`opcode ${opcode} under xid ${xid}`)
    const step = server.step(new JuteReader(body).buffer() ?? new Uint8Array())
    if (step === null) {
      peer.send(reply(xid, token(null), -115, 0))
      return
    }
    peer.send(reply(xid, token(step.token), 0, 0))
    if (step.done !== undefined) return
  }
}

async function loggedIn() {
  const network = new FakeNetwork()
  const auth = [{ scheme: 'digest', credential: new Uint8Array(3) }]
  const connecting = connect({ servers: 'a:1', dialer: network, sasl, auth })
  const peer = await network.welcome()
  await exchange(peer)
  t.match(await peer.request(), { opcode: OpCode.auth }, 'other credentials follow')
  peer.send(reply(-4, undefined, 0, 0))
  return { client: await connecting, peer, network }
}

t.test('logs in on every connection, before any request', async t => {
  const { client, peer, network } = await loggedIn()
  const states: ClientState[] = []
  client.state$.subscribe(state => states.push(state))
  peer.close()
  await firstValueFrom(client.state$.pipe(filter(state => state === 'suspended')))
  const waiting = client.exists('/a')
  const next = await network.welcome()
  t.strictSame(states, ['connected', 'suspended'], 'the session is not usable before the login')
  await exchange(next)
  t.match(await next.request(), { opcode: OpCode.auth })
  t.match(await next.request(), { opcode: OpCode.exists })
  next.send(reply(-4, undefined, 0, 0), reply(1, undefined, -101))
  t.equal(await waiting, null)
  t.strictSame(states, ['connected', 'suspended', 'connected'])
  client.detach()
})

t.test('a refused login ends the client with a typed error', async t => {
  const network = new FakeNetwork()
  const connecting = connect({ servers: 'a:1', dialer: network, sasl: { username: 'bob', password: 'wrong' } })
  const peer = await network.welcome()
  await exchange(peer)
  const error = await connecting.catch(error => error)
  t.ok(error instanceof AuthFailedError)
  t.match(error, { scheme: 'sasl', code: -115, operation: 'sasl', message: /refused user name or password/ })
  t.ok(peer.closed)
})

t.test('a login that is refused at a later connection ends the client, and says so as its state', async t => {
  const { client, peer, network } = await loggedIn()
  const waiting = client.exists('/a')
  peer.close()
  await t.rejects(waiting, { name: 'ConnectionLossError' })
  const request = client.exists('/b')
  const next = await network.welcome()
  await exchange(next, digestMd5({ users: { bob: 'changed' }, random }))
  await t.rejects(request, { name: 'AuthFailedError', scheme: 'sasl' })
  t.equal(client.state, 'authFailed')
  await t.rejects(client.exists('/c'), AuthFailedError)
  t.equal(network.dials, 2)
})

t.test('a server without SASL, or one that cannot prove itself, is not trusted', async t => {
  for (const [answer, reason] of [
    [null, /offers no SASL/],
    ['nonce="n",realm="r",qop="auth-conf"', /auth-conf/],
  ] as const) {
    const network = new FakeNetwork()
    const connecting = connect({ servers: 'a:1', dialer: network, sasl })
    const peer = await network.welcome()
    await peer.request()
    peer.send(reply(0, token(answer === null ? null : new TextEncoder().encode(answer)), 0, 0))
    await t.rejects(connecting, { name: 'AuthFailedError', message: reason })
  }
})

t.test('another frame in place of a reply costs the connection, not the client', async t => {
  const network = new FakeNetwork()
  const connecting = connect({ servers: 'a:1,b:1', dialer: network, sasl, reconnect: false })
  const peer = await network.welcome()
  await peer.request()
  peer.send(notification(1, '/a'))
  t.ok(peer.closed)
  const next = await network.welcome()
  next.close()
  await t.rejects(connecting, { name: 'ConnectionLossError' })
})

t.test('a session that is gone is told before a login is tried', async t => {
  const network = new FakeNetwork()
  const ticket = { id: 5n, password: new Uint8Array(16) }
  const connecting = connect({ servers: 'a:1', dialer: network, sasl, session: ticket })
  await network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
  await t.rejects(connecting, { name: 'SessionExpiredError' })
})
