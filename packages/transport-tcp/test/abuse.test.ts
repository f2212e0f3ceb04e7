import type { ListenerLimits } from '@menagerie/core'
import { ConnectionRecorder, framed, payload, stream, until } from '@menagerie/core/contract'
import t, { type Test } from 'tap'
import { SocketDialer } from './support/socket-dialer.js'
import { tcpBench } from './support/tcp-bench.js'

const limits: ListenerLimits = {
  frameBytesMax: 0xfffff,
  connectionsPerAddressMax: 0,
  connectionsMax: 0,
  firstFrameTimeoutMs: 10_000,
}

async function listening(test: Test, changed: Partial<ListenerLimits> = {}) {
  const bench = tcpBench()
  test.teardown(() => bench.dispose())
  const handlers: ConnectionRecorder[] = []
  let wake = () => {}
  const [address] = await bench.listener.listen({ ...limits, ...changed }, connection => {
    const recorder = new ConnectionRecorder(connection)
    handlers.push(recorder)
    wake()
    return recorder
  })
  const reaches = async (condition: () => boolean) => {
    while (!condition()) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const connect = async () => {
    const count = handlers.length
    const dialer = await bench.dial(address)
    await reaches(() => handlers.length > count)
    return { dialer, handler: handlers[count] }
  }
  return { bench, address, handlers, reaches, connect, listener: bench.listener }
}

t.test('a thousand silent connections are closed by one timer, and cost none of those that speak', async t => {
  const { bench, address, handlers, reaches, connect, listener } = await listening(t)
  const count = 1000
  const silent = await Promise.all(Array.from({ length: count }, () => bench.dial(address)))
  await reaches(() => handlers.length === count)
  for (const dialer of silent.slice(0, 300)) dialer.send(Uint8Array.of(0, 0, 0, 45, 1, 2, 3))
  t.equal(bench.clock.pending, 1, 'timers')
  const { dialer, handler } = await connect()
  dialer.send(framed(payload(45)))
  await until(handler, () => handler.frames.length === 1)
  bench.advance(11_000)
  for (const one of silent) t.equal((await one.receiveAll()).length, 0)
  await Promise.all(handlers.slice(0, count).map(one => until(one, () => one.closings === 1)))
  t.equal(listener.connectionCount, 1)
  t.equal(bench.clock.pending, 0, 'timers')
  dialer.send(framed(payload(3)))
  await until(handler, () => handler.frames.length === 2)
})

t.test('before the first frame nobody may claim a large one', async t => {
  const { connect } = await listening(t)
  const { dialer, handler } = await connect()
  dialer.send(framed(new Uint8Array(0), 16_385))
  t.equal((await dialer.receiveAll()).length, 0)
  await until(handler, () => handler.closings === 1)
  t.match(handler.reason?.message, /frame length of 16385, outside 1 to 16384/)
  const tolerated = await connect()
  tolerated.dialer.send(framed(payload(16_384)))
  await until(tolerated.handler, () => tolerated.handler.frames.length === 1)
})

t.test('a peer that takes none of its last replies is cut off in time', async t => {
  const { bench, connect, listener } = await listening(t)
  const { dialer, handler } = await connect()
  dialer.send(framed(payload(45)))
  await until(handler, () => handler.frames.length === 1)
  while (handler.connection.unsentBytes < 4 << 20) handler.connection.write(payload(1 << 20))
  handler.connection.end()
  bench.advance(9000)
  t.equal(listener.connectionCount, 1)
  bench.advance(2000)
  await until(handler, () => handler.closings === 1)
  t.match(handler.reason?.message, /did not accept its last replies and close within 10000 ms/)
  t.equal(listener.connectionCount, 0)
})

t.test('a peer that does not close its side after the last reply is cut off in time', async t => {
  const { bench, connect, listener } = await listening(t)
  const { dialer, handler } = await connect()
  dialer.send(Buffer.from('ruok'))
  await until(handler, () => handler.words.length === 1)
  handler.connection.write(Buffer.from('imok'))
  handler.connection.end()
  t.equal(Buffer.from(await dialer.receive(4)).toString(), 'imok')
  t.equal(listener.connectionCount, 1)
  bench.advance(11_000)
  await until(handler, () => handler.closings === 1)
  t.equal(listener.connectionCount, 0)
})

t.test('what follows a word does not spoil the answer', async t => {
  const { connect } = await listening(t)
  const { dialer, handler } = await connect()
  dialer.send(Buffer.from('mntr'))
  await until(handler, () => handler.words.length === 1)
  dialer.send(Buffer.from('\r\n'.repeat(1000)))
  const answer = payload(300_000)
  handler.connection.write(answer)
  handler.connection.end()
  t.equal(Buffer.compare(await dialer.receiveAll(), answer), 0)
})

t.test('a reset at any moment ends in one closed, with the reason where there is one', async t => {
  const { connect, listener } = await listening(t)
  const moments: Record<string, (dialer: SocketDialer, handler: ConnectionRecorder) => Promise<void>> = {
    'while a word is being answered': async (dialer, handler) => {
      dialer.send(Buffer.from('mntr'))
      await until(handler, () => handler.words.length === 1)
      while (handler.connection.write(payload(1 << 20)));
    },
    'while the connection is ending': async (dialer, handler) => {
      dialer.send(framed(payload(45)))
      await until(handler, () => handler.frames.length === 1)
      while (handler.connection.write(payload(1 << 20)));
      handler.connection.end()
    },
    // Nothing is unsent here, so the reset may look like an ordinary end.
    'amid a large frame': async (dialer, handler) => {
      dialer.send(stream([payload(45)]))
      await until(handler, () => handler.frames.length === 1)
      dialer.send(framed(payload(300_000), 900_000))
    },
  }
  for (const [moment, reach] of Object.entries(moments)) {
    const { dialer, handler } = await connect()
    await reach(dialer as SocketDialer, handler)
    dialer.destroy()
    await until(handler, () => handler.closings === 1)
    if (moment.startsWith('while')) t.match(handler.reason, { code: /ECONNRESET|EPIPE/ }, moment)
    t.strictSame(handler.violations, [])
  }
  t.equal(listener.connectionCount, 0)
})

t.test('a flood above the limit is closed at once, counted, and logged in few lines', async t => {
  const { bench, address, connect, listener } = await listening(t, { connectionsPerAddressMax: 2 })
  const kept = [await connect(), await connect()]
  const flood = await Promise.all(Array.from({ length: 200 }, () => SocketDialer.connect(address.port)))
  for (const dialer of flood) t.equal((await dialer.receiveAll()).length, 0)
  t.equal(listener.rejectedCount, 200)
  t.equal(listener.connectionCount, 2)
  t.equal(bench.lines.length, 1)
  t.match(bench.lines[0], /127\.0\.0\.1: 2 are open from there, the limit for one address \(maxClientCnxns\) is 2/)
  for (const { handler } of kept) t.equal(handler.closings, 0)
})

t.test('bytes that are no protocol at all harm nobody', async t => {
  const { connect, listener } = await listening(t)
  for (const text of [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16\x03\x01\x02\x00',
    'SSH-2.0-x\r\n',
    '\xff\xf4\xff\xfd',
  ]) {
    const { dialer, handler } = await connect()
    dialer.send(Buffer.from(text, 'latin1'))
    t.equal((await dialer.receiveAll()).length, 0)
    await until(handler, () => handler.closings === 1)
    t.strictSame([handler.frames, handler.words], [[], []])
  }
  t.equal(listener.connectionCount, 0)
})
