import { type ClientState, EventType, OpCode, SessionExpiredError } from '@menagerie/client'
import { JuteReader, SetWatches } from '@menagerie/core/jute'
import t from 'tap'
import { connected, type Scene, settled, stat } from './support/fake-client.js'
import { type FakePeer, notification, reply, welcome } from './support/fake-server.js'

/** Lets the session expire while the connection is lost; resolves with the connection of the next session. */
async function renewed({ peer, network, clock }: Scene): Promise<FakePeer> {
  peer.close()
  await settled()
  clock.advance(1000)
  await network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
  const next = await network.next()
  next.open()
  return next
}

t.test('a session that is to be renewed', async t => {
  t.test('is followed by a new one, which takes over the watches', async t => {
    const scene = await connected({ renewSession: true })
    const { client, peer, network } = scene
    const states: ClientState[] = []
    client.state$.subscribe(state => states.push(state))
    const told: string[] = []
    const read = client.exists('/a', { watch: ({ path }) => told.push(path) })
    const { xid } = await peer.request()
    peer.send(reply(xid, stat, 0, 5))
    await read
    const lost = client.getData('/b')
    lost.catch(() => {})
    const next = await renewed(scene)
    await t.rejects(lost, { name: 'ConnectionLossError' })
    t.equal(client.state, 'expired')
    const waiting = client.exists('/c')
    t.match(await next.hello(), { sessionId: 0n, passwd: new Uint8Array(16), lastZxidSeen: 5 })
    next.send(welcome({ sessionId: 0x99n, readOnly: false }))
    t.equal(client.session.id, 0x99n)
    const watches = await next.request()
    t.match(SetWatches.read(new JuteReader(watches.body)), { relativeZxid: 5, dataWatches: ['/a'] })
    const request = await next.request()
    t.match(request, { opcode: OpCode.exists })
    next.send(notification(EventType.NodeDeleted, '/a'), reply(request.xid, undefined, -101))
    t.equal(await waiting, null)
    t.strictSame(told, ['/a'])
    t.strictSame(states, ['connected', 'suspended', 'expired', 'connected'])
    t.equal(network.dials, 3)
    client.detach()
  })

  t.test('fails the requests that waited for the old one', async t => {
    const scene = await connected({ renewSession: true })
    const { client, peer, network, clock } = scene
    peer.close()
    await settled()
    const waiting = client.exists('/a')
    clock.advance(1000)
    await network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
    await t.rejects(waiting, SessionExpiredError)
    const back = client.whenConnected()
    await network.welcome()
    await back
    t.equal(client.state, 'connected')
    client.detach()
    t.equal(clock.timers, 0)
  })
})

t.test('whenConnected', async t => {
  t.test('resolves with the next connection, and rejects when there will be none', async t => {
    const { client, peer, network, clock } = await connected()
    await client.whenConnected()
    peer.close()
    await settled()
    const first = client.whenConnected()
    const aborted = client.whenConnected({ signal: AbortSignal.abort(new Error('enough')) })
    await t.rejects(aborted, { message: 'enough' })
    clock.advance(1000)
    const next = await network.welcome()
    await first
    next.close()
    await settled()
    const second = client.whenConnected()
    client.detach()
    await t.rejects(second, { name: 'ClientClosedError' })
    await t.rejects(client.whenConnected(), { name: 'ClientClosedError' })
  })

  t.test('rejects at once if nobody tries', async t => {
    const { client, peer } = await connected({ reconnect: false })
    peer.close()
    await settled()
    await t.rejects(client.whenConnected(), { name: 'ConnectionLossError', message: /nobody tries/ })
    client.detach()
  })
})
