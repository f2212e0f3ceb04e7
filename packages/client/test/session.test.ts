import {
  AddWatchMode,
  AuthFailedError,
  ClientClosedError,
  type ClientState,
  ConnectionLossError,
  connect,
  EventType,
  OpCode,
  RequestTimeoutError,
  SessionExpiredError,
  WatcherType,
} from '@menagerie/client'
import { AuthPacket, JuteReader, SetWatches, SetWatches2 } from '@menagerie/core/jute'
import { firstValueFrom } from 'rxjs'
import t from 'tap'
import { connected, dataAndStat, type Scene, STAT, settled, stat } from './support/fake-client.js'
import { FakeNetwork, type FakePeer, notification, reply, welcome } from './support/fake-server.js'
import { ManualClock } from './support/manual-clock.js'

const SECRET = new Uint8Array([1, 2, 3])

/** Breaks the connection and takes up the one that replaces it. */
async function replaced({ peer, network, clock }: Scene): Promise<FakePeer> {
  peer.close()
  await settled()
  clock.advance(1000)
  return network.welcome()
}

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

t.test('after a reconnect', async t => {
  t.test('credentials come first, then watches, then requests', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('digest', SECRET)
    const reads = Promise.all([
      client.getData('/data', { watch: true }),
      client.exists('/exist', { watch: () => {} }),
      client.getChildren('/child', { watch: true }),
      client.getData('/unwatched', { watch: false }),
      client.getData('/missing', { watch: true }).catch(() => {}),
    ])
    await settled()
    peer.send(reply(-4, undefined, 0, 0))
    await auth
    peer.send(
      reply(1, dataAndStat(null), 0, 5),
      reply(2, undefined, -101, 6),
      reply(3, writer => writer.int(0)),
      reply(4, dataAndStat(null)),
      reply(5, undefined, -101),
    )
    await reads
    client.state$.subscribe(state => {
      if (state === 'suspended') client.exists('/later').catch(() => {})
    })
    const next = await replaced(scene)
    t.match(await next.request(), { xid: -4, opcode: OpCode.auth })
    const watches = await next.request()
    t.match(watches, { xid: -8, opcode: OpCode.setWatches })
    t.strictSame(SetWatches.read(new JuteReader(watches.body)), {
      relativeZxid: 6,
      dataWatches: ['/data'],
      existWatches: ['/exist'],
      childWatches: ['/child'],
    })
    t.match(await next.request(), { opcode: OpCode.exists })
    client.detach()
  })

  t.test('persistent watches are set by setWatches2', async t => {
    const scene = await connected({ servers: 'a:1/app' })
    const { client, peer } = scene
    const added = Promise.all([
      client.addWatch('/p', AddWatchMode.Persistent),
      client.addWatch('/', AddWatchMode.PersistentRecursive),
    ])
    await settled()
    peer.send(
      reply(1, writer => writer.int(0)),
      reply(2, writer => writer.int(0)),
    )
    await added
    const next = await replaced(scene)
    const watches = await next.request()
    t.match(watches, { xid: -8, opcode: OpCode.setWatches2 })
    t.match(SetWatches2.read(new JuteReader(watches.body)), {
      persistentWatches: ['/app/p'],
      persistentRecursiveWatches: ['/app'],
    })
    client.detach()
  })

  t.test('many watches travel in several requests', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const paths = Array.from({ length: 3000 }, (_, i) => `/${'x'.repeat(90)}${i}`)
    const reads = Promise.all(paths.map(path => client.exists(path, { watch: true })))
    await settled()
    for (let i = 0; i < paths.length; i++) peer.send(reply(i + 1, stat))
    await reads
    const next = await replaced(scene)
    await settled()
    const seen: string[] = []
    while (next.waiting > 0) {
      const { xid, body } = await next.request()
      t.equal(xid, -8)
      t.ok(body.length < 150_000)
      seen.push(...(SetWatches.read(new JuteReader(body)).dataWatches ?? []))
    }
    t.strictSame(seen, paths)
    client.detach()
  })

  t.test('a credential that is refused all of a sudden ends the client', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('digest', SECRET)
    await settled()
    peer.send(reply(-4, undefined, 0, 0))
    await auth
    const next = await replaced(scene)
    next.send(reply(-4, undefined, -115, 0))
    await settled()
    t.equal(client.state, 'authFailed')
    await t.rejects(client.exists('/a'), AuthFailedError)
    await t.rejects(firstValueFrom(client.watch$('/a')), AuthFailedError)
    await client.close()
    t.equal(client.state, 'authFailed')
  })

  t.test('a credential that was refused when added is not presented again', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('nonsense', SECRET)
    await settled()
    peer.send(reply(-4, undefined, -115, 0))
    await t.rejects(auth, { name: 'AuthFailedError', scheme: 'nonsense' })
    const next = await replaced(scene)
    await settled()
    t.equal(next.waiting, 0)
    t.equal(client.state, 'connected')
    client.detach()
  })
})

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

t.test('watches', async t => {
  const agreed = (xid: number) => reply(xid, writer => writer.int(0))

  t.test('one-shot callbacks are told once, each kind of its own events', async t => {
    const { client, peer } = await connected({ servers: 'a:1/app' })
    const seen: string[] = []
    const watch = (name: string) => ({ watch: (event: { path: string }) => seen.push(`${name} ${event.path}`) })
    const reads = Promise.all([
      client.getData('/d', watch('data')),
      client.getChildren('/d', watch('child')),
      client.exists('/e', watch('exist')),
      client.getData('/', watch('root')),
    ])
    await settled()
    peer.send(
      reply(1, dataAndStat(null)),
      reply(2, w => w.int(0)),
      reply(3, undefined, -101),
      reply(4, dataAndStat(null)),
    )
    await reads
    const tell = async (type: number, path: string) => {
      peer.send(notification(type, path))
      await settled()
      return seen.splice(0)
    }
    t.strictSame(await tell(EventType.NodeChildrenChanged, '/app/d'), ['child /d'])
    t.strictSame(await tell(EventType.NodeDeleted, '/app/d'), ['data /d'])
    t.strictSame(await tell(EventType.NodeDeleted, '/app/d'), [])
    t.strictSame(await tell(EventType.NodeCreated, '/app/e'), ['exist /e'])
    t.strictSame(await tell(EventType.NodeDataChanged, '/app'), ['root /'])
    client.detach()
  })

  t.test('one callback for several watches of a path is told of a deletion once', async t => {
    const { client, peer } = await connected()
    let told = 0
    const watch = () => told++
    const reads = Promise.all([client.getData('/a', { watch }), client.getChildren('/a', { watch })])
    await settled()
    peer.send(
      reply(1, dataAndStat(null)),
      reply(2, w => w.int(0)),
    )
    await reads
    peer.send(notification(EventType.NodeDeleted, '/a'))
    await settled()
    t.equal(told, 1)
    client.detach()
  })

  t.test('a recursive watch hears of everything below it but no child events', async t => {
    const { client, peer } = await connected()
    const adding = client.addWatch('/a', AddWatchMode.PersistentRecursive)
    await settled()
    peer.send(agreed(1))
    const watch = await adding
    const seen: string[] = []
    watch.events$.subscribe(({ path }) => seen.push(path))
    for (const path of ['/a', '/a/b', '/a/b/c', '/ab', '/']) peer.send(notification(EventType.NodeCreated, path))
    peer.send(notification(EventType.NodeChildrenChanged, '/a'))
    await settled()
    t.strictSame(seen, ['/a', '/a/b', '/a/b/c'])
    client.detach()
  })

  t.test('an event in the same chunk as the reply to addWatch reaches who awaits it', async t => {
    const { client, peer } = await connected()
    const seen: string[] = []
    const adding = client.addWatch('/', AddWatchMode.PersistentRecursive).then(watch => {
      watch.events$.subscribe(({ path }) => seen.push(path))
    })
    await settled()
    peer.send(agreed(1), notification(EventType.NodeCreated, '/soon'))
    await adding
    await settled()
    t.strictSame(seen, ['/soon'])
    client.detach()
  })

  t.test('of which there are two are removed at the server with the second', async t => {
    const { client, peer } = await connected()
    const adding = Promise.all([client.addWatch('/a', 0), client.addWatch('/a', 0)])
    await settled()
    peer.send(agreed(1), agreed(2))
    const [one, two] = await adding
    await peer.request()
    await peer.request()
    await one.remove()
    await settled()
    t.equal(peer.waiting, 0)
    const removing = two.remove()
    const { xid, opcode, body } = await peer.request()
    t.equal(opcode, OpCode.removeWatches)
    t.equal(new JuteReader(body, body.length - 4).int(), WatcherType.Any)
    peer.send(reply(xid, undefined, -121))
    await removing
    t.equal(two.remove(), removing)
    client.detach()
  })

  t.test('that a callback throws at does not keep the event from others', async t => {
    const { client, peer } = await connected()
    const failures: unknown[] = []
    const told: string[] = []
    const reads = Promise.all([
      client.exists('/a', {
        watch: () => {
          throw new Error('from a callback')
        },
      }),
      client.exists('/a', { watch: ({ path }) => told.push(path) }),
    ])
    await settled()
    peer.send(reply(1, stat), reply(2, stat))
    await reads
    const before = process.rawListeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', error => failures.push(error))
    peer.send(notification(EventType.NodeDeleted, '/a'))
    await settled()
    for (const listener of before) process.on('uncaughtException', listener as () => void)
    t.strictSame(told, ['/a'])
    t.match(failures, [{ message: 'from a callback' }])
    client.detach()
  })
})
