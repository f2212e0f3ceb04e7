import t from 'tap'
import { MenagerieError } from '../../dist/errors.js'
import { JuteReader, OpCode } from '../../dist/jute/index.js'
import { Seeded } from '../seeded.js'
import { eventOf, Medium, settle, startServer, TestClient } from '../server/harness.js'

const bytes = (length: number) => new Uint8Array(length).fill(7)

t.test('replies come in the order of requests while flushes take their time', async t => {
  const { server, log, connect } = await startServer()
  const client = await connect()
  await client.ask(client.create('/a', { data: bytes(10) }))
  client.replies.length = 0
  const random = new Seeded(7)
  log.hold()
  const sent: number[] = []
  for (let i = 2; i < 402; i++) {
    const kind = random.below(4)
    if (kind === 0) client.send(client.setData('/a', bytes(random.below(50))))
    else if (kind === 1) client.send(client.create('/a/n-', { flags: 2 }))
    else client.send(kind === 2 ? client.getData('/a') : client.getChildren('/a'))
    sent.push(i)
    if (random.chance(5)) await settle()
    if (random.chance(9)) log.releaseOne()
  }
  log.release()
  await settle()
  t.strictSame(client.xids, sent)
  t.ok(client.replies.every(reply => reply.err === 0))
  let last = 0
  for (const { zxid } of client.replies) {
    if (zxid < last) t.fail(`zxid ${zxid} after ${last}`)
    last = zxid
  }
  await server.close()
})

t.test('a read sees the writes before it and none after it', async t => {
  const { server, log, connect } = await startServer()
  const client = await connect()
  await client.ask(client.create('/a'))
  log.hold()
  client.send(client.setData('/a', bytes(1)), client.getData('/a'))
  await settle()
  t.equal(client.replies.length, 1, 'nothing of it is answered before it is durable')
  client.send(client.setData('/a', bytes(2)), client.getData('/a'))
  await settle()
  log.releaseOne()
  await settle()
  log.releaseOne()
  await settle()
  const lengths = client.replies
    .filter(reply => reply.xid === 3 || reply.xid === 5)
    .map(r => new JuteReader(r.body).int())
  t.strictSame(lengths, [1, 2])
  await server.close()
})

t.test('another session still sees the old state while a write is being made durable', async t => {
  const { server, log, connect } = await startServer()
  const [writer, reader] = [await connect(), await connect()]
  await writer.ask(writer.create('/a'))
  log.hold()
  writer.send(writer.setData('/a', bytes(5)))
  const [before] = await reader.ask(reader.getData('/a'))
  t.equal(new JuteReader(before.body).int(), 0)
  log.release()
  await settle()
  const [after] = await reader.ask(reader.getData('/a'))
  t.equal(new JuteReader(after.body).int(), 5)
  await server.close()
})

t.test('a watch event arrives before the reply of the write that caused it', async t => {
  const { server, connect } = await startServer()
  const client = await connect()
  await client.ask(client.create('/a'), client.getData('/a', true), client.exists('/b', true))
  client.replies.length = 0
  const replies = await client.ask(client.setData('/a', bytes(1)), client.create('/b'))
  t.strictSame(
    replies.map(reply => reply.xid),
    [-1, 4, -1, 5],
  )
  t.strictSame(
    [eventOf(replies[0]), eventOf(replies[2])],
    [
      [3, '/a'],
      [1, '/b'],
    ],
  )
  t.equal(replies[0].zxid, replies[1].zxid, 'with the zxid that caused it')
  await server.close()
})

t.test('requests sent ahead of the connect response are answered after it, in order', async t => {
  const { server, dial, log } = await startServer()
  log.hold()
  const client = dial()
  client.send(TestClient.connectFrame(5000), client.create('/early'), client.getData('/early'), client.ping())
  await settle()
  t.equal(client.bytesReceived, 0)
  log.release()
  await settle()
  t.not(client.sessionId, 0n)
  t.strictSame(
    client.replies.map(({ xid, err }) => [xid, err]),
    [
      [1, 0],
      [2, 0],
      [-2, 0],
    ],
  )
  await server.close()
})

t.test('a peer that does not read', async t => {
  t.test('gets every reply in order once it reads, and meanwhile holds no more than the limit', async t => {
    const { server, connect } = await startServer({ bufferBytes: 1000, settings: { outputBufferMaxBytes: 100_000 } })
    const client = await connect()
    const other = await connect()
    await client.ask(client.create('/big', { data: bytes(50_000) }))
    client.replies.length = 0
    client.pause()
    const sent: number[] = []
    for (let i = 2; i < 202; i++) {
      client.send(i % 10 === 0 ? client.create('/big/n-', { flags: 2 }) : client.getData('/big'))
      sent.push(i)
      if (i % 25 === 0) await settle()
    }
    await settle()
    const held = unsentOf(server)
    t.ok(held > 0 && held < 100_000 + 2 * 256 * 1024 + 60_000, `${held} bytes unsent`)
    const [reply] = await other.ask(other.getData('/big'))
    t.equal(reply.err, 0, 'others are served')
    client.resume()
    await settle()
    for (let i = 0; i < 40 && client.replies.length < sent.length; i++) await settle()
    t.strictSame(client.xids, sent)
    t.ok(client.replies.every(({ err }) => err === 0))
    await server.close()
  })

  t.test('does not count against the requests in progress of all', async t => {
    const settings = { globalOutstandingLimit: 20, outputBufferMaxBytes: 10_000 }
    const { server, connect } = await startServer({ bufferBytes: 1000, settings })
    const [slow, other] = [await connect(), await connect()]
    await slow.ask(slow.create('/big', { data: bytes(300_000) }))
    slow.pause()
    slow.send(...Array.from({ length: 100 }, () => slow.getData('/big')))
    await settle()
    for (let i = 0; i < 5; i++) {
      const [reply] = await other.ask(other.setData('/big', bytes(1)))
      t.equal(reply?.err, 0, `write ${i} of another client is answered`)
    }
    slow.resume()
    for (let i = 0; i < 20; i++) await settle()
    t.strictSame(
      slow.xids,
      [...Array(101).keys()].map(i => i + 1),
    )
    t.equal(inProgressOf(server), 0)
    await server.close()
  })

  t.test('is not read from though its requests came ahead of its session', async t => {
    const { server, connect, dial } = await startServer({
      bufferBytes: 1000,
      settings: { outputBufferMaxBytes: 10_000 },
    })
    const setup = await connect()
    await setup.ask(setup.create('/big', { data: bytes(300_000) }))
    const client = dial()
    client.pause()
    client.send(TestClient.connectFrame(5000), client.getData('/big'), client.getData('/big'))
    await settle()
    for (let i = 0; i < 50; i++) {
      client.send(client.getData('/big'))
      await settle()
    }
    t.ok(inProgressOf(server) < 10, `${inProgressOf(server)} requests were taken from it`)
    client.resume()
    for (let i = 0; i < 20; i++) await settle()
    t.equal(client.replies.length, 52)
    await server.close()
  })

  t.test('leaves nothing behind when it goes', async t => {
    const { server, connect } = await startServer({ bufferBytes: 1000, settings: { outputBufferMaxBytes: 10_000 } })
    const client = await connect()
    await client.ask(client.create('/big', { data: bytes(300_000) }))
    client.pause()
    client.send(...Array.from({ length: 50 }, () => client.getData('/big')), client.setData('/big', bytes(1)))
    await settle()
    client.destroy()
    await settle()
    t.equal(inProgressOf(server), 0)
    await server.close()
  })
})

t.test(
  'above globalOutstandingLimit a client with requests in progress is not read from until they are fewer',
  async t => {
    const { server, connect, log } = await startServer({ settings: { globalOutstandingLimit: 10 } })
    const clients = [await connect(), await connect(), await connect()]
    await clients[0].ask(clients[0].create('/a'))
    log.hold()
    for (let i = 0; i < 30; i++) {
      for (const client of clients) client.send(client.setData('/a', bytes(1)))
      await settle()
    }
    t.ok(inProgressOf(server) <= 10 + clients.length, `${inProgressOf(server)} in progress`)
    log.release()
    for (let i = 0; i < 10; i++) await settle()
    t.strictSame(
      clients.map(client => client.replies.length),
      [31, 30, 30],
    )
    t.equal(inProgressOf(server), 0)
    await server.close()
  },
)

t.test('sessions', async t => {
  t.test('are attached again with their password, and the older connection is closed', async t => {
    const { server, connect, dial } = await startServer()
    const first = await connect(20_000)
    await first.ask(first.create('/e', { flags: 1 }))
    const second = await dial().connect(8000, first.sessionId, first.password)
    t.strictSame([second.sessionId, second.timeoutMs, second.password], [first.sessionId, 8000, first.password])
    t.ok(first.closed)
    const [reply] = await second.ask(second.exists('/e'))
    t.equal(reply.err, 0)
    await server.close()
  })

  t.test('are refused for a wrong password or an unknown id, and the owner stays connected', async t => {
    const { server, connect, dial } = await startServer()
    const owner = await connect()
    for (const [id, password] of [
      [owner.sessionId, new Uint8Array(16)],
      [owner.sessionId, new Uint8Array(0)],
      [owner.sessionId + 99n, owner.password],
    ] as const) {
      const stranger = await dial().connect(5000, id, password)
      t.strictSame([stranger.sessionId, stranger.timeoutMs, [...stranger.password]], [0n, 0, Array(16).fill(0)])
      t.ok(stranger.closed)
    }
    const [reply] = await owner.ask(owner.exists('/zookeeper'))
    t.equal(reply.err, 0)
    await server.close()
  })

  t.test('of clients that have seen more than this server are closed without a word', async t => {
    const { server, dial } = await startServer()
    const client = await dial().connect(5000, 0n, undefined, 1_000_000)
    t.ok(client.closed)
    t.equal(client.bytesReceived, 0)
    await server.close()
  })

  t.test('get a timeout between two and twenty ticks', async t => {
    const { server, dial } = await startServer({ settings: { tickTimeMs: 1000 } })
    const asked = [-5, 0, 1, 7777, 1_000_000_000]
    const granted: number[] = []
    for (const timeoutMs of asked) granted.push((await dial().connect(timeoutMs)).timeoutMs)
    t.strictSame(granted, [2000, 2000, 2000, 7777, 20_000])
    await server.close()
  })

  t.test('expire by time alone: ephemerals go, watchers are told, the connection closes', async t => {
    const { server, connect, clock } = await startServer({ settings: { tickTimeMs: 1000 } })
    const kinds: string[] = []
    server.sessions.events$.subscribe(({ kind, id }) => kinds.push(`${kind} ${id}`))
    const silent = await connect(4000)
    const watcher = await connect(20_000)
    await silent.ask(silent.create('/e', { flags: 1 }))
    await watcher.ask(watcher.exists('/e', true))
    clock.advance(3900)
    await settle()
    t.notOk(silent.closed)
    clock.advance(1200)
    await settle()
    t.ok(silent.closed)
    t.strictSame(eventOf(watcher.replies[1]), [2, '/e'])
    const [gone] = await watcher.ask(watcher.exists('/e'))
    t.equal(gone.err, -101)
    const ofSilent = kinds.filter(kind => kind.endsWith(` ${silent.sessionId}`)).map(kind => kind.split(' ')[0])
    t.strictSame(ofSilent, ['created', 'attached', 'expired', 'closed'])
    await server.close()
  })

  t.test('live on by pings alone', async t => {
    const { server, connect, clock } = await startServer({ settings: { tickTimeMs: 1000 } })
    const client = await connect(4000)
    for (let i = 0; i < 10; i++) {
      clock.advance(2000)
      await client.ask(client.ping())
    }
    t.strictSame(client.xids, Array(10).fill(-2))
    await server.close()
  })

  t.test('end with closeSession: the reply, then the end of the connection, and nothing to come back to', async t => {
    const { server, connect, dial } = await startServer()
    const client = await connect()
    const closed: string[] = []
    server.sessions.events$.subscribe(({ kind }) => closed.push(kind))
    await client.ask(client.create('/e', { flags: 1 }))
    const replies = await client.ask(client.close(), client.getData('/e'), client.close())
    t.equal(replies[0].err, 0)
    t.equal(replies.length, 1, 'nothing after it')
    t.ok(client.closed)
    t.strictSame(closed, ['closed'])
    const back = await dial().connect(5000, client.sessionId, client.password)
    t.equal(back.sessionId, 0n)
    const other = await connect()
    const [reply] = await other.ask(other.exists('/e'))
    t.equal(reply.err, -101)
    await server.close()
  })

  t.test('that move take their watches neither along nor keep them', async t => {
    const { server, connect, dial } = await startServer()
    const first = await connect()
    await first.ask(first.create('/a'), first.getData('/a', true))
    const second = await dial().connect(5000, first.sessionId, first.password)
    const replies = await second.ask(second.setData('/a', bytes(1)))
    t.strictSame(
      replies.map(reply => reply.xid),
      [1],
    )
    await server.close()
  })

  t.test('outlive a restart of the server, and expire after it', async t => {
    const medium = new Medium()
    const first = await startServer({ medium })
    const client = await first.connect(4000)
    await client.ask(client.create('/e', { flags: 1 }))
    await first.server.close()
    const second = await startServer({ medium })
    const back = await second.dial().connect(4000, client.sessionId, client.password)
    t.equal(back.sessionId, client.sessionId)
    t.equal((await back.ask(back.exists('/e')))[0].err, 0)
    await second.server.close()
    const third = await startServer({ medium })
    third.clock.advance(60_000)
    await settle()
    const other = await third.connect()
    t.equal((await other.ask(other.exists('/e')))[0].err, -101)
    await third.server.close()
  })
})

t.test('when the log fails nothing is acknowledged and the server stops with the reason', async t => {
  const { server, connect, log } = await startServer()
  const client = await connect()
  log.hold()
  client.send(client.create('/lost'))
  await settle()
  const reason = new MenagerieError('LOG_IO', 'the disk is gone')
  log.fail(reason)
  t.equal(await server.stopped, reason)
  await settle()
  t.strictSame(client.replies, [])
  t.ok(client.closed)
})

t.test('malformed requests', async t => {
  t.test('a frame shorter than a header closes the connection', async t => {
    const { server, connect } = await startServer()
    const client = await connect()
    client.send(new Uint8Array([0, 0, 0, 3, 1, 2, 3]))
    await settle()
    t.ok(client.closed)
    await server.close()
  })

  t.test('a body cut short is answered MarshallingError in its turn, for reads and writes', async t => {
    const { server, connect, log } = await startServer()
    const client = await connect()
    const zxid = (await client.ask(client.create('/a')))[0].zxid
    log.hold()
    client.send(client.setData('/a', null))
    for (const opcode of [
      OpCode.create,
      OpCode.delete,
      OpCode.setData,
      OpCode.getData,
      OpCode.setACL,
      OpCode.addWatch,
    ]) {
      client.send(client.request(opcode, w => w.int(50)))
    }
    await settle()
    t.equal(client.replies.length, 1)
    log.release()
    await settle()
    t.strictSame(
      client.replies.map(({ xid, err }) => [xid, err]),
      [[1, 0], [2, 0], ...[3, 4, 5, 6, 7, 8].map(xid => [xid, -5])],
    )
    const [last] = await client.ask(client.create('/b'))
    t.equal(last.zxid, zxid + 2, 'they took no zxid')
    await server.close()
  })

  t.test('an unknown operation is answered Unimplemented, then the connection closes', async t => {
    for (const opcode of [77, OpCode.check]) {
      const { server, connect } = await startServer()
      const client = await connect()
      const replies = await client.ask(client.request(opcode), client.exists('/'))
      t.strictSame(
        replies.map(({ zxid, err }) => [zxid, err]),
        [[-1, -6]],
      )
      t.ok(client.closed)
      await server.close()
    }
  })

  t.test('a connect request cut short closes the connection', async t => {
    const { server, dial } = await startServer()
    const client = dial()
    client.send(new Uint8Array([0, 0, 0, 4, 0, 0, 0, 0]))
    await settle()
    t.ok(client.closed)
    t.equal(client.bytesReceived, 0)
    await server.close()
  })

  t.test('random bodies never break the server', async t => {
    const { server, connect } = await startServer({ settings: { extendedTypesEnabled: true } })
    const random = new Seeded(9)
    const opcodes = Object.values(OpCode).filter(
      opcode => opcode > 0 && opcode !== OpCode.auth && opcode !== OpCode.sasl,
    )
    const witness = await connect()
    let client = await connect()
    for (let i = 0; i < 600; i++) {
      if (client.closed) client = await connect()
      const noise = random.bytes(random.below(60))
      for (let at = 0; at + 4 <= noise.length; at += 4) if (random.chance(2)) noise.fill(0, at, at + 3)
      client.send(client.request(random.pick(opcodes), w => w.raw(noise)))
      if (i % 20 === 0) await settle()
    }
    await settle()
    t.equal((await witness.ask(witness.exists('/')))[0].err, 0)
    t.equal(inProgressOf(server), 0)
    await server.close()
  })
})

interface Inside {
  readonly parts: {
    readonly kernel: {
      readonly connections: Iterable<{ transport: { unsentBytes: number } }> & { readonly inProgress: number }
    }
  }
}

function inProgressOf(server: unknown): number {
  return (server as Inside).parts.kernel.connections.inProgress
}

function unsentOf(server: unknown): number {
  return Math.max(...[...(server as Inside).parts.kernel.connections].map(({ transport }) => transport.unsentBytes))
}
