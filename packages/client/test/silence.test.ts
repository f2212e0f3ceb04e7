/** Servers that say nothing for too long. */
import { ConnectionLossError, OpCode, RequestTimeoutError } from '@menagerie/client'
import t from 'tap'
import { connected, settled, stat } from './support/fake-client.js'
import { reply } from './support/fake-server.js'

t.test('heartbeat', async t => {
  t.test('pings when nothing was sent for a third of the timeout', async t => {
    const { client, peer, clock } = await connected({}, { timeoutMs: 6000, readOnly: false })
    clock.advance(1999)
    t.equal(peer.waiting, 0)
    clock.advance(1)
    t.match(await peer.request(), { xid: -2, opcode: OpCode.ping })
    peer.send(reply(-2))
    clock.advance(1000)
    const request = client.exists('/a')
    await settled()
    t.match(await peer.request(), { opcode: OpCode.exists })
    peer.send(reply(1, stat))
    await request
    clock.advance(1999)
    t.equal(peer.waiting, 0)
    clock.advance(1)
    t.match(await peer.request(), { opcode: OpCode.ping })
    client.detach()
    t.equal(clock.timers, 0)
  })

  t.test('gives the connection up when nothing came for two thirds', async t => {
    const { client, peer, clock, network } = await connected({}, { timeoutMs: 6000, readOnly: false })
    const request = client.exists('/a')
    await settled()
    clock.advance(3999)
    t.equal(client.state, 'connected')
    clock.advance(1)
    t.ok(peer.closed)
    await t.rejects(request, { name: 'ConnectionLossError', message: /nothing received for 4000 ms/ })
    t.equal(network.dials, 2)
    client.detach()
  })
})

t.test('a request that waits longer than requestTimeoutMs fails, and the connection with it', async t => {
  const { client, peer, clock } = await connected({ requestTimeoutMs: 1000 })
  const first = client.exists('/a')
  await settled()
  clock.advance(600)
  const second = client.exists('/b')
  const third = client.exists('/c')
  await settled()
  peer.send(reply(1, stat))
  await first
  clock.advance(999)
  t.equal(client.state, 'connected')
  clock.advance(1)
  await t.rejects(second, RequestTimeoutError)
  await t.rejects(third, ConnectionLossError)
  t.ok(peer.closed)
  client.detach()
  t.equal(clock.timers, 0)
})
