import {
  BadVersionError,
  type Client,
  ConnectionLossError,
  connect,
  EventType,
  KeeperError,
  NoNodeError,
  OpCode,
} from '@menagerie/client'
import { JuteReader, type JuteWriter, PathVersionRequest, PathWatchRequest, SetDataRequest } from '@menagerie/core/jute'
import t from 'tap'
import { connected, dataAndStat, STAT, settled, stat } from './support/fake-client.js'
import { concat, FakeNetwork, notification, reply, welcome } from './support/fake-server.js'

const bytes = (...values: number[]) => new Uint8Array(values)

t.test('handshake', async t => {
  t.test('asks for a session with 45 bytes and takes what the server grants', async t => {
    const network = new FakeNetwork()
    const connecting = connect({ servers: 'a:1', dialer: network, sessionTimeoutMs: 9000, lastZxidSeen: 0x1_0000_0002 })
    const peer = await network.next()
    t.strictSame(peer.address, { host: 'a', port: 1 })
    peer.open()
    t.strictSame(await peer.hello(), {
      protocolVersion: 0,
      lastZxidSeen: 0x1_0000_0002,
      timeOut: 9000,
      sessionId: 0n,
      passwd: new Uint8Array(16),
      length: 45,
      readOnly: false,
    })
    peer.send(welcome({ sessionId: -2n, timeoutMs: 4000, readOnly: true }))
    const client = await connecting
    t.strictSame(client.session, { id: -2n, password: new Uint8Array(16).fill(7), timeoutMs: 4000 })
    t.equal(client.readOnly, true)
    client.detach()
  })

  t.test('takes a response without the readOnly byte', async t => {
    const { client } = await connected({}, { readOnly: undefined })
    t.equal(client.readOnly, false)
    t.equal(client.state, 'connected')
    client.detach()
  })

  t.test('takes a response that comes byte by byte', async t => {
    const network = new FakeNetwork()
    const connecting = connect({ servers: 'a:1', dialer: network })
    const peer = await network.next()
    peer.open()
    for (const byte of welcome()) peer.send(bytes(byte))
    const client = await connecting
    t.equal(client.state, 'connected')
    client.detach()
  })

  t.test('goes on to the next server when one closes or answers nonsense', async t => {
    const network = new FakeNetwork()
    const connecting = connect({ servers: 'a:1,b:2,c:3', dialer: network, shuffleServers: false })
    const refused = await network.next()
    refused.close(new Error('refused'))
    const garbled = await network.next()
    garbled.open()
    garbled.send(bytes(0, 0, 0, 2, 1, 1))
    const peer = await network.welcome()
    t.strictSame(peer.address, { host: 'c', port: 3 })
    t.ok(garbled.closed)
    const client = await connecting
    client.detach()
  })
})

t.test('replies', async t => {
  t.test('are understood whatever the chunks are', async t => {
    const whole = concat(
      reply(1, dataAndStat(bytes(1, 2, 3))),
      reply(2, undefined, -101),
      reply(3, stat),
      notification(EventType.NodeDeleted, '/watched'),
    )
    for (let split = 0; split <= whole.length; split++) {
      const { client, peer } = await connected()
      const events: string[] = []
      client.events$.subscribe(({ path }) => events.push(path))
      const results = Promise.allSettled([client.getData('/a'), client.getData('/b'), client.exists('/c')])
      await settled()
      peer.send(whole.subarray(0, split))
      peer.send(whole.subarray(split))
      const [data, missing, exists] = await results
      t.strictSame(data.status === 'fulfilled' && data.value, { data: bytes(1, 2, 3), stat: STAT })
      t.ok(missing.status === 'rejected' && missing.reason instanceof NoNodeError)
      t.strictSame(exists.status === 'fulfilled' && exists.value, STAT)
      await settled()
      t.strictSame(events, ['/watched'])
      client.detach()
    }
  })

  t.test('may be longer than any chunk', async t => {
    const { client, peer } = await connected()
    const data = new Uint8Array(300_000).map((_, i) => i)
    const first = client.getData('/big')
    const second = client.getData('/small')
    await settled()
    const whole = concat(reply(1, dataAndStat(data)), reply(2, dataAndStat(bytes(9))))
    for (let at = 0; at < whole.length; at += 50_000) peer.send(whole.subarray(at, at + 50_000))
    t.ok(Buffer.from((await first).data ?? []).equals(data))
    t.strictSame((await second).data, bytes(9))
    client.detach()
  })

  t.test('tell null data from empty data', async t => {
    const { client, peer } = await connected()
    const results = Promise.all([client.getData('/null'), client.getData('/empty')])
    await settled()
    peer.send(reply(1, dataAndStat(null)), reply(2, dataAndStat(bytes())))
    const [none, empty] = await results
    t.equal(none.data, null)
    t.strictSame(empty.data, bytes())
    client.detach()
  })

  t.test('with a body cut short fail their own request only', async t => {
    const { client, peer } = await connected()
    const short = client.getData('/short')
    const whole = client.exists('/whole')
    await settled()
    peer.send(
      reply(1, writer => writer.buffer(bytes(1))),
      reply(2, stat),
    )
    await t.rejects(short, { name: 'MarshallingError' })
    t.strictSame(await whole, STAT)
    client.detach()
  })

  t.test('with a code that nobody knows keep the number', async t => {
    const { client, peer } = await connected()
    const request = client.create('/a')
    await settled()
    peer.send(reply(1, undefined, -4711))
    const error = await request.catch(error => error)
    t.ok(error instanceof KeeperError)
    t.match(error, { code: -4711, operation: 'create', path: '/a', message: 'create /a: code -4711' })
    client.detach()
  })

  t.test('with BadVersion say which version was expected', async t => {
    const { client, peer } = await connected()
    const request = client.setData('/a', null, 17)
    await settled()
    peer.send(reply(1, undefined, -103))
    const error = await request.catch(error => error)
    t.ok(error instanceof BadVersionError)
    t.match(error, { expectedVersion: 17, path: '/a', codeName: 'BadVersion', name: 'BadVersionError' })
    client.detach()
  })

  t.test('raise the newest transaction seen, and never lower it', async t => {
    const { client, peer } = await connected()
    const results = Promise.all([client.exists('/a'), client.exists('/a'), client.exists('/a')])
    await settled()
    peer.send(reply(1, stat, 0, 7), reply(2, stat, 0, 5), reply(3, undefined, -101, -1))
    await results
    t.equal(client.lastZxid, 7)
    client.detach()
  })
})

t.test('a stream that cannot be trusted', async t => {
  const broken: [string, (xid: number) => Uint8Array][] = [
    ['an xid that nobody asked with', () => reply(99, stat)],
    ['a reply to a later request', xid => reply(xid + 1, stat)],
    ['a reserved xid that means nothing', () => reply(-9, stat)],
    ['a negative length', () => bytes(0xff, 0xff, 0xff, 0xff)],
    ['a length above the limit', () => bytes(0, 0x20, 0, 0)],
    ['a frame too short for a header', () => bytes(0, 0, 0, 3, 0, 0, 0)],
  ]
  for (const [what, garbage] of broken) {
    t.test(`${what} costs the connection, and every request under way`, async t => {
      const { client, peer, network } = await connected({ frameBytesMax: 0x10_0000 })
      const requests = Promise.allSettled([client.exists('/a'), client.exists('/b')])
      await settled()
      peer.send(garbage(1))
      for (const result of await requests) {
        t.ok(result.status === 'rejected' && result.reason instanceof ConnectionLossError)
      }
      t.ok(peer.closed)
      t.equal(client.state, 'suspended')
      t.equal(network.dials, 1, 'a connection that breaks at once is not replaced at once')
      client.detach()
    })
  }

  t.test('a close in the middle of a reply fails the requests under way', async t => {
    const { client, peer } = await connected()
    const request = client.exists('/a')
    await settled()
    peer.send(reply(1, stat).subarray(0, 30))
    peer.close()
    await t.rejects(request, { name: 'ConnectionLossError', path: '/a', message: /the server closed the connection/ })
    client.detach()
  })

  t.test('half a reply of an old connection does not reach into the next one', async t => {
    const { client, peer, network, clock } = await connected()
    client.exists('/a').catch(() => {})
    await settled()
    peer.send(reply(1, stat).subarray(0, 30))
    peer.close()
    await settled()
    clock.advance(1000)
    const next = await network.welcome()
    const request = client.exists('/b')
    const { xid } = await next.request()
    next.send(reply(xid, stat))
    t.strictSame(await request, STAT)
    client.detach()
  })
})

t.test('requests', async t => {
  t.test('of one turn leave in one write, in order', async t => {
    const { client, peer } = await connected()
    const before = peer.writes
    for (const path of ['/a', '/b', '/c']) client.getData(path).catch(() => {})
    await settled()
    t.equal(peer.writes, before + 1)
    for (const path of ['/a', '/b', '/c']) {
      const { opcode, body } = await peer.request()
      t.equal(opcode, OpCode.getData)
      t.strictSame(PathWatchRequest.read(new JuteReader(body)), { path, watch: false })
    }
    client.detach()
  })

  t.test('carry what they were given', async t => {
    const { client, peer } = await connected({ servers: 'a:1/app' })
    client.setData('/ä', bytes(1, 2), 3).catch(() => {})
    client.delete('/', 4).catch(() => {})
    const set = await peer.request()
    t.strictSame(SetDataRequest.read(new JuteReader(set.body)), { path: '/app/ä', data: bytes(1, 2), version: 3 })
    const del = await peer.request()
    t.strictSame(PathVersionRequest.read(new JuteReader(del.body)), { path: '/app', version: 4 })
    client.detach()
  })

  t.test('that cannot be written are refused and leave the stream whole', async t => {
    const { client, peer } = await connected()
    const wrong = client.setData('/a', 'text' as unknown as Uint8Array)
    const right = client.exists('/b')
    await t.rejects(wrong, { name: 'TypeError', message: /Uint8Array/ })
    await t.rejects(client.getData(undefined as unknown as string), { name: 'TypeError' })
    const { xid, opcode } = await peer.request()
    t.equal(opcode, OpCode.exists)
    peer.send(reply(xid, stat))
    t.strictSame(await right, STAT)
    client.detach()
  })

  t.test('do not touch bytes that the link still sends', async t => {
    const { client, peer } = await connected()
    peer.releases = false
    for (const path of ['/a', '/b', '/c']) {
      client.getData(path).catch(() => {})
      await settled()
    }
    t.equal(peer.kept.length, 3)
    for (const { array, copy } of peer.kept) t.strictSame(array, copy)
    client.detach()
  })

  t.test('by hand resolve with the reply as it is, refusals included', async t => {
    const { client, peer } = await connected()
    const request = client.request(4242, bytes(1, 2, 3))
    const received = await peer.request()
    t.equal(received.opcode, 4242)
    t.strictSame(received.body, bytes(1, 2, 3))
    peer.send(reply(received.xid, writer => writer.int(5), -6, -1))
    t.strictSame(await request, { xid: received.xid, zxid: -1, err: -6, body: bytes(0, 0, 0, 5) })
    client.detach()
  })

  t.test('by hand may use a reserved xid, answered apart from the others', async t => {
    const { client, peer } = await connected()
    const first = client.exists('/a')
    const ping = client.request(OpCode.ping, bytes(), { xid: -2 })
    await settled()
    peer.send(reply(-2), reply(1, stat))
    t.equal((await ping).xid, -2)
    t.strictSame(await first, STAT)
    client.detach()
  })

  t.test('are dropped by an abort, and their replies ignored', async t => {
    const { client, peer } = await connected()
    const abort = new AbortController()
    const events: unknown[] = []
    const dropped = client.exists('/a', { signal: abort.signal, watch: event => events.push(event) })
    const kept = client.exists('/b')
    await settled()
    abort.abort(new Error('enough'))
    await t.rejects(dropped, { message: 'enough' })
    peer.send(reply(1, stat), reply(2, stat), notification(EventType.NodeDataChanged, '/a'))
    t.strictSame(await kept, STAT)
    await settled()
    t.strictSame(events, [])
    await t.rejects(client.exists('/c', { signal: abort.signal }), { message: 'enough' })
    t.equal(peer.waiting, 2, 'a signal that was aborted before keeps the request from leaving')
    client.detach()
  })
})

t.test('order of events and replies', async t => {
  const order = async (client: Client, send: () => void) => {
    const seen: string[] = []
    const first = client.exists('/a', { watch: ({ path }) => seen.push(`event ${path}`) })
    first.then(() => seen.push('first'))
    client.exists('/b').then(() => seen.push('second'))
    await settled()
    send()
    await settled()
    return seen
  }

  t.test('an event before a reply is told before it', async t => {
    const { client, peer } = await connected()
    const event = notification(EventType.NodeDataChanged, '/a')
    const seen = await order(client, () => peer.send(reply(1, stat), event, reply(2, stat)))
    t.strictSame(seen, ['first', 'event /a', 'second'])
    client.detach()
  })

  t.test('an event after the replies is told after them', async t => {
    const { client, peer } = await connected()
    const event = notification(EventType.NodeDataChanged, '/a')
    const seen = await order(client, () => peer.send(reply(1, stat), reply(2, stat), event))
    t.strictSame(seen, ['first', 'second', 'event /a'])
    client.detach()
  })
})

t.test('multi', async t => {
  const header = (writer: JuteWriter, type: number, done = false, err = 0) => {
    writer.int(type)
    writer.bool(done)
    writer.int(err)
  }

  t.test('reads results of either form of create', async t => {
    const { client, peer } = await connected({ servers: 'a:1/app' })
    const commit = client.multi().create('/a').create('/b', null, { stat: true }).delete('/c').commit()
    await settled()
    peer.send(
      reply(1, writer => {
        header(writer, OpCode.create)
        writer.ustring('/app/a')
        header(writer, OpCode.create2)
        writer.ustring('/app/b')
        stat(writer)
        header(writer, OpCode.delete)
        header(writer, -1, true, -1)
      }),
    )
    t.strictSame(await commit, [
      { type: 'create', path: '/a', stat: null },
      { type: 'create', path: '/b', stat: STAT },
      { type: 'delete' },
    ])
    client.detach()
  })

  t.test('with the wrong number of results or of an unknown type fails, and the next request does not', async t => {
    const { client, peer } = await connected()
    const few = client.multi().create('/a').delete('/b').commit()
    const odd = client.multi().delete('/b').commit()
    const next = client.exists('/c')
    await settled()
    peer.send(
      reply(1, writer => {
        header(writer, OpCode.delete)
        header(writer, -1, true, -1)
      }),
      reply(2, writer => header(writer, 77)),
      reply(3, stat),
    )
    await t.rejects(few, { name: 'MarshallingError' })
    await t.rejects(odd, { name: 'MarshallingError' })
    t.strictSame(await next, STAT)
    client.detach()
  })
})
