import { type ClientListener, MenagerieError, makeZxid, Server } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { OpCode } from '../../dist/jute/index.js'
import { Medium, settle, startServer, type TestClient, type TestServer, writeCreate } from './harness.js'

async function names({ connect }: TestServer, path = '/'): Promise<string[]> {
  const client = await connect()
  const [reply] = await client.ask(client.getChildren(path))
  const body = Buffer.from(reply.body)
  const found: string[] = []
  for (let at = 4; at < body.length; ) {
    const length = body.readInt32BE(at)
    found.push(body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return found.sort()
}

t.test('several servers in one process know nothing of each other', async t => {
  const servers = await Promise.all([startServer(), startServer(), startServer()])
  for (const [i, each] of servers.entries()) {
    const client = await each.connect()
    await client.ask(client.create(`/of-${i}`))
  }
  for (const [i, each] of servers.entries()) t.strictSame(await names(each), [`of-${i}`, 'zookeeper'])
  await servers[0].server.close()
  t.strictSame(await names(servers[1]), ['of-1', 'zookeeper'])
  for (const { server } of servers) await server.close()
})

t.test('closing twice is one closing, and leaves no timer and no open log', async t => {
  const { server, log, clock, connect } = await startServer({ settings: { autopurgePurgeIntervalMs: 3_600_000 } })
  const client = await connect()
  await Promise.all([server.close(), server.close()])
  await server.close()
  await settle()
  t.equal(log.closes, 1)
  t.equal(clock.pending, 0)
  t.ok(client.closed)
  t.equal(await server.stopped, undefined)
  const roles: string[] = []
  server.role$.subscribe(role => roles.push(role))
  t.ok(roles.length <= 1 && roles.every(role => role === 'stopped'))
})

t.test('a start that fails leaves nothing open, and says why', async t => {
  const clock = new ManualClock()
  const closed: string[] = []
  const listener: ClientListener = {
    connectionCount: 0,
    rejectedCount: 0,
    listen: async () => {
      throw new MenagerieError('LISTEN_FAILED', 'the port is taken')
    },
    close: async () => void closed.push('listener'),
  }
  await t.rejects(startServer({ clock, listener }), { code: 'LISTEN_FAILED' })
  await settle()
  t.strictSame(closed, ['listener'])
  t.equal(clock.pending, 0)
})

t.test('without clock or chance, and with wrong settings, there is no server', async t => {
  await t.rejects(Server.start(), { code: 'PLUGIN_INVALID', message: /a clock/ })
  await t.rejects(startServer({ settings: { tickTimeMs: 0 } }), { code: 'CONFIG_INVALID', message: /tickTimeMs/ })
  await t.rejects(startServer({ settings: { nonsense: 1 } as never }), { code: 'CONFIG_INVALID', message: /nonsense/ })
})

t.test('a restart finds everything that was acknowledged', async t => {
  const medium = new Medium()
  for (let round = 0; round < 3; round++) {
    const each = await startServer({ medium, settings: { snapCount: 20 } })
    t.strictSame(
      (await names(each)).filter(name => name.startsWith('n')),
      Array.from({ length: round * 30 }, (_, i) => `n${String(i).padStart(10, '0')}`),
    )
    const client = await each.connect()
    for (let i = 0; i < 30; i++) await client.ask(client.create('/n', { flags: 2 }))
    t.ok(client.replies.every(({ err }) => err === 0))
    await each.server.close()
  }
  t.ok(medium.snapshots.size > 2, `${medium.snapshots.size} snapshots were taken by their count`)
})

t.test('a write without an answer may be lost at a crash, one with an answer may not', async t => {
  const medium = new Medium()
  const first = await startServer({ medium })
  const client = await first.connect()
  await client.ask(client.create('/answered'))
  first.log.hold()
  client.send(client.create('/unanswered'))
  await settle()
  t.equal(client.replies.length, 1)
  // The first server is left as a crash would leave it: what it had not flushed is not on the medium.
  const second = await startServer({ medium })
  t.strictSame(await names(second), ['answered', 'zookeeper'])
  await second.server.close()
  first.log.fail(new Error('gone'))
  await first.server.stopped
})

t.test('a damaged newest snapshot is passed over for the one before', async t => {
  const medium = new Medium()
  const first = await startServer({ medium })
  const client = await first.connect()
  await client.ask(client.create('/a'))
  await first.server.snapshot()
  await client.ask(client.create('/b'))
  await first.server.snapshot()
  await client.ask(client.create('/c'))
  await first.server.close()
  const [newest] = [...medium.snapshots].sort(([, a], [, b]) => b.zxid - a.zxid)[0]
  const { zxid, chunks } = medium.snapshots.get(newest)!
  medium.snapshots.set(newest, { zxid, chunks: [Buffer.concat(chunks).subarray(0, 150)] })
  const second = await startServer({ medium })
  t.strictSame(await names(second), ['a', 'b', 'c', 'zookeeper'])
  t.ok(
    second.warnings.some(text => text.includes('damaged')),
    second.warnings.join(),
  )
  await second.server.close()

  for (const [name, snapshot] of medium.snapshots) medium.snapshots.set(name, { zxid: snapshot.zxid, chunks: [] })
  await t.rejects(startServer({ medium }), { code: 'SNAPSHOT_CORRUPT' })
})

t.test('a log that does not go on where the snapshot ends is refused', async t => {
  const medium = new Medium()
  const first = await startServer({ medium })
  const client = await first.connect()
  for (const path of ['/a', '/b', '/c']) await client.ask(client.create(path))
  await first.server.close()
  const records = [...medium.log.records]

  medium.log.records.dropThrough(records[0].zxid)
  await t.rejects(startServer({ medium }), { code: 'LOG_CORRUPT', message: /transactions between are missing/ })
  medium.log.records.truncateAfter(0)
  medium.log.records.push({ zxid: makeZxid(1, 2), bytes: records[1].bytes })
  await t.rejects(
    startServer({ medium }),
    { code: 'LOG_CORRUPT', message: /the log goes on at 0x100000002: the transactions between are missing/ },
    'nor one that begins within a later epoch',
  )
  medium.snapshots.clear()
  await t.rejects(startServer({ medium }), { code: 'SNAPSHOT_MISSING' })

  const damaged = records.map(({ zxid, bytes }) => ({ zxid, bytes: bytes.slice() }))
  damaged[1].bytes = damaged[1].bytes.slice(0, 40)
  const restart = (): Promise<TestServer> => {
    medium.log.records.truncateAfter(0)
    for (const record of damaged) medium.log.records.push(record)
    return startServer({ medium })
  }
  await t.rejects(restart(), { code: 'LOG_CORRUPT', message: /0x2/ })
  damaged[1].bytes = records[1].bytes.slice()
  damaged[1].bytes[31] = 99
  await t.rejects(restart(), { code: 'TXN_UNKNOWN' })
})

t.test('a tree that differs from the digest in the log is reported once', async t => {
  const medium = new Medium()
  const first = await startServer({ medium })
  const client = await first.connect()
  for (const path of ['/a', '/b', '/c']) await client.ask(client.create(path))
  await first.server.close()
  for (const { bytes } of medium.log.records) bytes[bytes.length - 1] ^= 1
  const second = await startServer({ medium })
  t.equal(second.warnings.filter(text => text.includes('digest')).length, 1)
  await second.server.close()
})

t.test('containers and TTL znodes', async t => {
  const settings = {
    extendedTypesEnabled: true,
    containerCheckIntervalMs: 1000,
    containerMaxNeverUsedIntervalMs: 30_000,
  }
  const create = (client: TestClient, path: string, type: number, flags: number, ttl?: number) =>
    client.ask(
      client.request(type, w => {
        writeCreate(w, path, { flags })
        if (ttl !== undefined) w.long(ttl)
      }),
    )
  const pass = async ({ clock }: TestServer, client: TestClient, ms: number) => {
    for (let at = 0; at < ms; at += 1000) {
      clock.advance(1000)
      await client.ask(client.ping())
    }
    await settle()
  }

  t.test('go when they are empty and their time has come, and stay while they have children', async t => {
    const each = await startServer({ settings })
    const client = await each.connect(20_000)
    await create(client, '/used', OpCode.createContainer, 4)
    await create(client, '/unused', OpCode.createContainer, 4)
    await create(client, '/ttl', OpCode.createTTL, 5, 5000)
    await create(client, '/parent', OpCode.createTTL, 5, 5000)
    await client.ask(client.create('/used/x'), client.create('/parent/x'))
    await pass(each, client, 4000)
    t.strictSame(await names(each), ['parent', 'ttl', 'unused', 'used', 'zookeeper'])
    await client.ask(client.delete('/used/x'))
    await pass(each, client, 3000)
    t.strictSame(await names(each), ['parent', 'unused', 'zookeeper'])
    await client.ask(client.delete('/parent/x'))
    await pass(each, client, 2000)
    t.strictSame(await names(each), ['unused', 'zookeeper'])
    await pass(each, client, 30_000)
    t.strictSame(await names(each), ['zookeeper'])
    await each.server.close()
    t.equal(each.clock.pending, 0)
  })

  t.test('a TTL znode that is written to lives on', async t => {
    const each = await startServer({ settings })
    const client = await each.connect(20_000)
    await create(client, '/ttl', OpCode.createTTL, 5, 5000)
    for (let i = 0; i < 4; i++) {
      await pass(each, client, 3000)
      await client.ask(client.setData('/ttl', null))
    }
    t.strictSame(await names(each), ['ttl', 'zookeeper'])
    await each.server.close()
  })

  t.test('go no faster than containerMaxPerMinute', async t => {
    const each = await startServer({ settings: { ...settings, containerMaxPerMinute: 60 } })
    const client = await each.connect(20_000)
    for (let i = 0; i < 5; i++) await create(client, `/t${i}`, OpCode.createTTL, 5, 1)
    await pass(each, client, 3000)
    const left = (await names(each)).length - 1
    t.ok(left >= 1 && left <= 4, `${left} are left`)
    await pass(each, client, 6000)
    t.strictSame(await names(each), ['zookeeper'])
    await each.server.close()
  })
})

t.test('autopurge keeps the newest snapshots and the log that they need', async t => {
  const medium = new Medium()
  const settings = { autopurgePurgeIntervalMs: 3_600_000, autopurgeSnapRetainCount: 3 }
  const each = await startServer({ medium, settings })
  const client = await each.connect()
  for (let i = 0; i < 6; i++) {
    await client.ask(client.create(`/a${i}`))
    await each.server.snapshot()
  }
  t.equal(medium.snapshots.size, 7)
  each.clock.advance(3_600_000)
  await settle()
  t.equal(medium.snapshots.size, 3)
  await each.server.close()
  const again = await startServer({ medium })
  t.equal((await names(again)).length, 7)
  await again.server.close()
})

t.test('every transaction is announced in zxid order', async t => {
  const each = await startServer()
  const zxids: number[] = []
  each.server.commits$.subscribe(({ header }) => zxids.push(header.zxid))
  const client = await each.connect()
  await client.ask(client.create('/a'), client.delete('/none'))
  t.strictSame(zxids, [1, 2, 3], 'every transaction is announced, refusals too')
  await each.server.close()
})
