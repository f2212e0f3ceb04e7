import 'reflect-metadata'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { CLIENT_LISTENER, CLOCK, type ListenerLimits, LOGGER, silentLogger } from '@menagerie/core'
import { ConnectionRecorder, ManualClock } from '@menagerie/core/contract'
import plugin, { TcpListener, tcpListenerOptions, transportTcp } from '@menagerie/transport-tcp'
import t from 'tap'
import { container } from 'tsyringe'
import { listenFailed } from '../dist/listen-failure.js'
import { addressesOf } from '../dist/options.js'
import { SocketDialer } from './support/socket-dialer.js'
import { tcpBench } from './support/tcp-bench.js'

const limits: ListenerLimits = {
  frameBytesMax: 100_000,
  connectionsPerAddressMax: 0,
  connectionsMax: 0,
  firstFrameTimeoutMs: 10_000,
}
const failing = (options: Parameters<typeof tcpBench>[0]) => {
  const bench = tcpBench(options)
  return bench.listener.listen(limits, connection => new ConnectionRecorder(connection)).finally(() => bench.dispose())
}

t.test('several addresses are reported as bound, and share their limits', async t => {
  const bench = tcpBench({ listen: [{ port: 0 }, { host: 'localhost', port: 0 }] })
  t.teardown(() => bench.dispose())
  const handlers: ConnectionRecorder[] = []
  const arrivals: (() => void)[] = []
  const addresses = await bench.listener.listen({ ...limits, connectionsMax: 1 }, connection => {
    for (const wake of arrivals) wake()
    handlers.push(new ConnectionRecorder(connection))
    return handlers[0]
  })
  t.match(addresses, [
    { host: '127.0.0.1', secure: false },
    { host: 'localhost', secure: false },
  ])
  t.ok(addresses.every(({ port }) => port > 0))
  const arrived = new Promise<void>(resolve => arrivals.push(resolve))
  await bench.dial(addresses[0])
  await arrived
  const second = await SocketDialer.connect(addresses[1].port, 'localhost')
  t.equal((await second.receiveAll()).length, 0)
  t.equal(bench.listener.rejectedCount, 1)
  t.match(bench.lines[0], /1 are open, the limit in all \(maxCnxns\) is 1/)
})

t.test('a listener that moves takes clients at the new place alone, and keeps those that it has', async t => {
  for (const nodeSockets of [false, true]) {
    const bench = tcpBench({ listen: [{ port: 0 }], nodeSockets })
    t.teardown(() => bench.dispose())
    const handlers: ConnectionRecorder[] = []
    let arrived = () => {}
    const [first] = await bench.listener.listen(limits, connection => {
      arrived()
      return handlers[handlers.push(new ConnectionRecorder(connection)) - 1]
    })
    const next = () =>
      new Promise<void>(resolve => {
        arrived = resolve
      })
    let arrival = next()
    await bench.dial(first)
    await arrival
    const second = await bench.listener.move(first, { host: '127.0.0.1', port: 0 })
    t.match(second, { host: '127.0.0.1', secure: false })
    t.notOk([0, first.port].includes(second.port))
    await t.rejects(SocketDialer.connect(first.port), { code: 'ECONNREFUSED' })
    arrival = next()
    await bench.dial(second)
    await arrival
    t.equal(bench.listener.connectionCount, 2)
    t.equal(handlers[0].closings, 0)
    const third = await bench.listener.move(second, { host: 'localhost', port: second.port })
    t.strictSame(third, { ...second, host: 'localhost' }, 'the same port, at another address')
    await t.rejects(bench.listener.move(first, { host: '127.0.0.1', port: 0 }), { code: 'SERVER_STATE' })
  }
})

t.test('a listener that cannot move goes on where it is', async t => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const bench = tcpBench({ listen: [{ port: 0 }] })
  t.teardown(() => bench.dispose())
  const [first] = await bench.listener.listen(limits, connection => new ConnectionRecorder(connection))
  await t.rejects(bench.listener.move(first, { host: '127.0.0.1', port }), { code: 'LISTEN_FAILED' })
  await bench.dial(first)
  await t.rejects(bench.listener.move(first, { host: 'nowhere.invalid', port: first.port }), { code: 'LISTEN_FAILED' })
  await bench.dial(first)
})

t.test('when one of several addresses is taken, the sentence says so and none stays bound', async t => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const free = createServer()
  free.listen(0, '127.0.0.1')
  await once(free, 'listening')
  const freePort = (free.address() as { port: number }).port
  free.close()
  await once(free, 'close')
  await t.rejects(failing({ listen: [{ port: freePort }, { port }] }), {
    code: 'LISTEN_FAILED',
    message: `port ${port} on 127.0.0.1 is in use by another program; stop that program or choose another port`,
  })
  await t.rejects(SocketDialer.connect(freePort), { code: 'ECONNREFUSED' })
})

t.test('an address that this machine does not have, and a name that nobody knows', async t => {
  await t.rejects(failing({ listen: [{ host: '192.0.2.1', port: 0 }] }), {
    code: 'LISTEN_FAILED',
    message: /this machine has no address 192\.0\.2\.1 to listen on/,
  })
  await t.rejects(failing({ listen: [{ host: 'no-such-host.invalid', port: 0 }] }), {
    code: 'LISTEN_FAILED',
    message: /the host name no-such-host\.invalid .* is not known/,
  })
})

t.test('other causes are told in a sentence too', async t => {
  const about = (code: string) => listenFailed('h', 80, Object.assign(new Error('the cause'), { code })).message
  t.match(about('EACCES'), /port 80 on h needs more rights/)
  t.match(about('EAFNOSUPPORT'), /does not support addresses like h/)
  t.equal(about('EOTHER'), 'cannot listen on port 80 of h: the cause')
})

t.test('an IPv4 client of an IPv6 socket is known by its IPv4 address', async t => {
  const bench = tcpBench({ listen: [{ host: '::', port: 0 }] })
  t.teardown(() => bench.dispose())
  let address: string | undefined
  const arrived = new Promise<void>(resolve => {
    void bench.listener
      .listen(limits, connection => {
        address = connection.remoteAddress
        resolve()
        return new ConnectionRecorder(connection)
      })
      .then(([bound]) => bench.dial(bound))
  })
  await arrived
  t.equal(address, '127.0.0.1')
})

t.test('closing a listener that never listened is fine, and it listens no more', async t => {
  const bench = tcpBench()
  await bench.listener.close()
  await t.rejects(
    bench.listener.listen(limits, connection => new ConnectionRecorder(connection)),
    { code: 'SERVER_STATE' },
  )
})

t.test('options', async t => {
  t.test('defaults are loopback and the usual port', async t => {
    t.strictSame(addressesOf(tcpListenerOptions.parse({})), [{ host: '127.0.0.1', port: 2181, protocol: 'plain' }])
  })

  t.test('with a secure address alone there is no plain one', async t => {
    const options = tcpListenerOptions.parse({ secureListen: [{ port: 1 }], tls: { keyStore: { location: 'x' } } })
    t.strictSame(addressesOf(options), [{ host: '127.0.0.1', port: 1, protocol: 'tls' }])
  })

  for (const [what, options] of Object.entries({
    'a port above 65535': { listen: [{ port: 65536 }] },
    'a port that is no number': { listen: [{ port: '2181' }] },
    'no address': { listen: [] },
    'an empty host': { listen: [{ host: '' }] },
    'an unknown option': { listens: [] },
    'a secure address without tls options': { secureListen: [{ port: 1 }] },
    'detection without tls options': { listen: [{ port: 1 }], portUnification: true },
    'tls without a key store': { tls: {} },
    'an old version of TLS': { tls: { keyStore: { location: 'x' }, protocols: ['TLSv1'] } },
    'a negative linger': { lingerMs: -1 },
  })) {
    t.test(`${what} is refused`, async t => {
      t.equal(tcpListenerOptions.safeParse(options).success, false)
    })
  }
})

t.test('the plugin fills the seam with one listener for each container', async t => {
  const child = container.createChildContainer()
  child.register(CLOCK, { useValue: new ManualClock() })
  child.register(LOGGER, { useValue: silentLogger })
  const configured = transportTcp({ listen: [{ port: 0 }] })
  plugin.register(child, tcpListenerOptions.parse(configured.options))
  const listener = child.resolve(CLIENT_LISTENER)
  t.ok(listener instanceof TcpListener)
  t.equal(child.resolve(CLIENT_LISTENER), listener)
})
