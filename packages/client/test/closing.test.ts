/** The end of a client. */
import { AddWatchMode, ClientClosedError, OpCode } from '@menagerie/client'
import t from 'tap'
import { connected, STAT, settled, stat } from './support/fake-client.js'
import { reply } from './support/fake-server.js'

t.test('close', async t => {
  t.test('waits for earlier replies and the server, and refuses what comes later', async t => {
    const { client, peer } = await connected()
    const earlier = client.exists('/a')
    const closing = client.close()
    await t.rejects(client.exists('/b'), ClientClosedError)
    t.match(await peer.request(), { opcode: OpCode.exists })
    t.match(await peer.request(), { opcode: OpCode.closeSession })
    peer.send(reply(1, stat), reply(2))
    t.strictSame(await earlier, STAT)
    await closing
    t.equal(client.state, 'closed')
    t.ok(peer.closed)
    await client.close()
  })

  t.test('is done when the connection breaks, or the server does not answer', async t => {
    const broken = await connected()
    const first = broken.client.close()
    broken.peer.close()
    await first
    t.equal(broken.client.state, 'closed')
    t.equal(broken.clock.timers, 0)
    const silent = await connected({ connectTimeoutMs: 700 })
    const second = silent.client.close()
    silent.clock.advance(700)
    await second
    t.ok(silent.peer.closed)
  })

  t.test('needs no connection', async t => {
    const { client, peer, clock, network } = await connected()
    peer.close()
    await settled()
    await client.close()
    t.equal(clock.timers, 0)
    t.equal(network.dials, 1)
  })

  t.test('completes all streams', async t => {
    const { client, peer } = await connected()
    const completed: string[] = []
    client.state$.subscribe({ complete: () => completed.push('state') })
    client.events$.subscribe({ complete: () => completed.push('events') })
    const adding = client.addWatch('/a', AddWatchMode.Persistent)
    await settled()
    peer.send(reply(1, writer => writer.int(0)))
    const watch = await adding
    watch.events$.subscribe({ complete: () => completed.push('watch') })
    client.detach()
    t.strictSame(completed, ['state', 'watch', 'events'])
    await watch.remove()
  })
})
