import { AddWatchMode, KeeperCode, OpCode } from '@menagerie/core/jute'
import t, { type Test } from 'tap'
import {
  concat,
  connectRequest,
  createBody,
  header,
  int32,
  multiBody,
  op,
  pathModeBody,
  pathWatchBody,
  setDataBody,
} from '../support/requests.js'
import { Healthy } from './support/healthy.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

const MIB = 1024 * 1024
/** What a process may hold more than before: compiled code, pools and caches that fill once. */
const SLACK_BYTES = 32 * MIB

t.test('peers that are silent, slow or gone', async t => {
  const server = await ProcessServer.start({
    settings: { sessionlessCnxnTimeoutMs: 300, tickTimeMs: 100, maxSessionTimeoutMs: 60_000 },
    lingerMs: 300,
  })
  t.teardown(() => server[Symbol.asyncDispose]())
  const keeper = await WireClient.open(server.port)
  const heartbeat = setInterval(() => void keeper.ping(), 300)
  t.teardown(() => clearInterval(heartbeat))
  let healthy = await Healthy.start(server.port)
  await healthy.more(50)
  const before = await server.memory()

  /** Nothing of the misuse is left: connections, sessions, requests, memory. */
  const nothingIsLeft = async (t: Test) => {
    t.ok((await healthy.stop()) > 0)
    const { heapUsed, arrayBuffers } = await server.memory()
    t.equal(await server.figure('num_alive_connections'), 2, 'the keeper and the one that asks')
    t.equal(await server.figure('outstanding_requests'), 0)
    t.equal(await server.figure('watch_count'), 0)
    t.ok(heapUsed + arrayBuffers < before.heapUsed + before.arrayBuffers + SLACK_BYTES, `${heapUsed} ${arrayBuffers}`)
    await keeper.call(OpCode.delete, concat(int32(8), Buffer.from('/healthy'), int32(-1)))
    healthy = await Healthy.start(server.port)
  }

  t.test('two thousand silent connections are closed when their time is over', async t => {
    const silent = await Promise.all(Array.from({ length: 2000 }, () => WireClient.dial(server.port)))
    await healthy.more()
    await Promise.all(silent.map(client => client.closed))
    await nothingIsLeft(t)
  })

  t.test('connections that close their sending side before they have sent a frame are closed', async t => {
    const halves = await Promise.all(Array.from({ length: 500 }, () => WireClient.dial(server.port)))
    for (const [i, client] of halves.entries()) client.socket.end(concat(int32(44), new Uint8Array(i % 44)))
    await Promise.all(halves.map(client => client.closed))
    await nothingIsLeft(t)
  })

  t.test('a connect request that comes byte by byte is cut off when its time is over', async t => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => WireClient.dial(server.port)))
    const request = concat(int32(45), connectRequest())
    let at = 0
    // 49 bytes at 20 ms would take a second: three times what is allowed.
    const drip = setInterval(() => {
      for (const client of slow) client.socket.write(request.subarray(at, at + 1))
      at++
    }, 20)
    await Promise.all(slow.map(client => client.closed))
    clearInterval(drip)
    t.ok(at < request.length)
    await nothingIsLeft(t)
  })

  t.test('a request that comes byte by byte does not keep its session alive', async t => {
    const slow = await Promise.all(Array.from({ length: 20 }, () => WireClient.open(server.port, { timeoutMs: 1 })))
    t.equal(slow[0].timeoutMs, 200)
    for (const client of slow) client.socket.write(concat(int32(1000), new Uint8Array(3)))
    const drip = setInterval(() => {
      for (const client of slow) client.socket.write(new Uint8Array(1))
    }, 20)
    await Promise.all(slow.map(client => client.closed))
    clearInterval(drip)
    await nothingIsLeft(t)
  })

  t.test('frames that claim a megabyte and never come hold no megabyte', async t => {
    const claims = await Promise.all(Array.from({ length: 200 }, () => WireClient.open(server.port)))
    for (const client of claims) client.socket.write(concat(int32(MIB - 1), new Uint8Array(100)))
    await healthy.more(5)
    const { heapUsed, arrayBuffers } = await server.memory()
    t.ok(heapUsed + arrayBuffers < before.heapUsed + before.arrayBuffers + 40 * MIB, `${heapUsed} ${arrayBuffers}`)
    await resetAndEnd(server, claims)
    await nothingIsLeft(t)
  })

  t.test('clients that pipeline reads and never take an answer hold a bounded amount each', async t => {
    await keeper.call(OpCode.create, createBody('/big', { data: new Uint8Array(500_000) }))
    const deaf = await Promise.all(Array.from({ length: 10 }, () => WireClient.open(server.port)))
    const reads = pipelined(OpCode.getData, pathWatchBody('/big', false), 5000)
    for (const client of deaf) {
      client.socket.pause()
      client.socket.write(reads)
    }
    await healthy.more(20)
    // outputBufferMaxBytes of each, and the reply that passed it.
    t.ok((await server.unsent()) <= deaf.length * (MIB + 2 * 500_000))
    await resetAndEnd(server, deaf)
    await nothingIsLeft(t)
  })

  t.test('requests that wait for a deaf client do not count against everyone else', async t => {
    const deaf = await Promise.all(Array.from({ length: 4 }, () => WireClient.open(server.port)))
    const reads = pipelined(OpCode.getData, pathWatchBody('/big', false), 5000)
    for (const client of deaf) {
      client.socket.pause()
      client.socket.write(reads)
    }
    // More than globalOutstandingLimit wait now. Others are served long before these sessions expire.
    await healthy.more(20)
    t.ok(deaf.every(client => !client.socket.destroyed))
    const writer = await WireClient.open(server.port)
    const replies = Array.from({ length: 50 }, () => writer.call(OpCode.setData, setDataBody('/big', null, -1)))
    t.ok((await Promise.all(replies)).every(({ err }) => err === 0))
    await writer.close()
    await resetAndEnd(server, deaf)
    await nothingIsLeft(t)
  })

  t.test('a watcher that never takes its events loses its connection, not the memory of the server', async t => {
    const deaf = await WireClient.open(server.port)
    await deaf.call(OpCode.addWatch, pathModeBody('/', AddWatchMode.PersistentRecursive))
    deaf.socket.pause()
    const path = `/${'n'.repeat(100_000)}`
    const writer = await WireClient.open(server.port)
    t.equal((await writer.call(OpCode.create, createBody(path))).err, 0)
    for (let round = 0; round < 50; round++) {
      await Promise.all(Array.from({ length: 50 }, () => writer.call(OpCode.setData, setDataBody(path, 'x', -1))))
      const unsent = await server.unsent()
      // outputBufferMaxBytes, 16 times as much in events, and the events of one turn at either limit.
      t.ok(unsent <= 17 * MIB + 2 * 5_000_000, `${unsent} bytes unsent`)
      if (round > 0 && unsent === 0) break
    }
    await writer.call(OpCode.delete, concat(int32(path.length), Buffer.from(path), int32(-1)))
    await writer.close()
    deaf.socket.resume()
    await deaf.closed
    await resetAndEnd(server, [deaf])
    await nothingIsLeft(t)
  })

  t.test('a multiRead that asks for more than a reply can hold is refused', async t => {
    await keeper.call(OpCode.setData, setDataBody('/big', new Uint8Array(900_000), -1))
    const client = await WireClient.open(server.port)
    const { err } = await client.call(
      OpCode.multiRead,
      multiBody(Array.from({ length: 5000 }, () => op.getData('/big'))),
    )
    t.equal(err, KeeperCode.MarshallingError)
    t.equal((await client.ping()).err, 0)
    await client.close()
    await nothingIsLeft(t)
  })

  t.test('connections that are reset in the middle of everything leave nothing', async t => {
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => WireClient.dial(server.port)))
      for (const [i, client] of clients.entries()) {
        const whole = concat(
          int32(45),
          connectRequest({ timeoutMs: 1 }),
          pipelined(OpCode.create, createBody('/reset-', { flags: 3, data: new Uint8Array(1000) }), 20),
          pipelined(OpCode.getData, pathWatchBody('/big', true), 20),
          pipelined(OpCode.closeSession, new Uint8Array(0), i % 2),
        )
        client.socket.write(whole.subarray(0, 1 + ((i * 7919 + round * 104_729) % whole.length)), () => client.reset())
      }
      await Promise.all(clients.map(client => client.closed))
    }
    await untilAlone(server)
    // The ephemerals go with their sessions, which nobody keeps alive.
    while ((await server.figure('ephemerals_count')) > 0) await healthy.more()
    await nothingIsLeft(t)
  })

  t.test('every session but the last one has ended', async t => {
    await healthy.stop()
    while ((await server.figure('global_sessions')) > 1) await keeper.ping()
    t.equal(keeper.socket.destroyed, false)
    t.equal((await server.stop()).code, 0)
  })
})

/** The same request many times, ready to be written at once. */
function pipelined(opcode: number, body: Uint8Array, count: number): Uint8Array {
  const frames: Uint8Array[] = []
  for (let xid = 1; xid <= count; xid++) frames.push(int32(8 + body.length), header(xid, opcode), body)
  return concat(...frames)
}

/**
 * Cuts the connections, then comes back to each session to end it. A deaf client sends no heartbeats: on a slow
 * machine its session may have expired by now, and refusing it is then the right answer.
 */
async function resetAndEnd(server: ProcessServer, clients: readonly WireClient[]): Promise<void> {
  for (const client of clients) client.reset()
  await Promise.all(clients.map(client => client.closed))
  await untilAlone(server)
  await Promise.all(
    clients.map(async ({ sessionId, passwd }) => {
      const again = await WireClient.dial(server.port)
      if (await again.attach({ sessionId, passwd })) await again.close()
      else await again.closed
    }),
  )
}

/** Until the server has seen that all connections but the test's own three are gone. */
async function untilAlone(server: ProcessServer): Promise<void> {
  while ((await server.figure('num_alive_connections')) > 3);
}
