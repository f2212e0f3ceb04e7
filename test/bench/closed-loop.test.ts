import net from 'node:net'
import t from 'tap'
import { ClosedLoop } from './closed-loop.js'
import { zooCfg } from './configs.js'
import { Connection } from './connection.js'
import { NodeSequence } from './creates.js'
import { FrameScanner, REQUEST_HEAD, readInt } from './frame-scanner.js'
import { getDataFrame, setDataFrame } from './frames.js'
import { Latencies } from './latencies.js'
import { kindOf, ringsOf } from './load.js'
import { putDigits, Ring } from './ring.js'
import { LOADS } from './rows.js'

/** What a test is given, as far as it is used here. */
interface Tap {
  teardown(done: () => unknown): void
}

/** What the scripted server replies to a request, or null to close the connection. */
type Script = (xid: number, type: number, index: number) => { xid: number; err: number } | null

/** A server that accepts every session and answers as the script says. */
async function scripted(t: Tap, script: Script): Promise<number> {
  const server = net.createServer(socket => {
    let index = -1
    const scanner = new FrameScanner(REQUEST_HEAD, (bytes, at) => {
      if (++index === 0) {
        const accepted = Buffer.alloc(41)
        accepted.writeInt32BE(37, 0)
        accepted.writeInt32BE(4000, 8)
        socket.write(accepted)
        return
      }
      const answer = script(readInt(bytes, at + 4), readInt(bytes, at + 8), index)
      if (answer === null) {
        socket.destroy()
        return
      }
      const reply = Buffer.alloc(20)
      reply.writeInt32BE(16, 0)
      reply.writeInt32BE(answer.xid, 4)
      reply.writeInt32BE(answer.err, 16)
      socket.write(reply)
    })
    socket.on('data', (chunk: Buffer) => scanner.push(chunk, chunk.length))
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as net.AddressInfo).port
}

/** A loop of `limit` requests, `outstanding` at a time, run to its end. */
async function run(t: Tap, limit: number, outstanding: number, script: Script): Promise<ClosedLoop> {
  const connection = await Connection.open(await scripted(t, script))
  t.teardown(() => connection.destroy())
  let left = limit
  const frames = Array.from({ length: 5 }, () => getDataFrame('/a'))
  const ring = new Ring(frames, new Uint8Array(5), () => left-- > 0)
  const loop = new ClosedLoop(connection, ring, outstanding, [new Latencies(1)])
  loop.start()
  await loop.idle()
  await loop.stop()
  return loop
}

t.test('a closed loop sends all its requests, wrapping around its ring, and counts the replies', async t => {
  const xids: number[] = []
  const loop = await run(t, 23, 3, xid => {
    xids.push(xid)
    return { xid, err: 0 }
  })
  t.equal(loop.failure, null)
  t.equal(loop.sent, 23)
  t.equal(loop.received, 23)
  t.strictSame(
    xids,
    Array.from({ length: 23 }, (_, index) => index + 1),
  )
})

t.test('a closed loop fills its ring, and takes no more outstanding requests than the ring has slots', async t => {
  const loop = await run(t, 40, 5, xid => ({ xid, err: 0 }))
  t.equal(loop.received, 40)
  t.throws(() => new ClosedLoop({} as Connection, new Ring([getDataFrame('/a')], new Uint8Array(1)), 2, []), {
    message: '1 slots for 2 outstanding requests',
  })
})

t.test('an err in a reply voids the load', async t => {
  const loop = await run(t, 10, 2, (xid, _, index) => ({ xid, err: index === 4 ? -101 : 0 }))
  t.equal(loop.failure, 'err -101 in the reply to xid 4')
})

t.test('a reply out of order voids the load', async t => {
  const loop = await run(t, 10, 2, (xid, _, index) => ({ xid: index === 3 ? xid + 1 : xid, err: 0 }))
  t.equal(loop.failure, 'reply to xid 4, expected 3')
})

t.test('a connection that breaks voids the load instead of leaving it waiting', async t => {
  const loop = await run(t, 10, 2, (xid, _, index) => (index === 6 ? null : { xid, err: 0 }))
  t.match(loop.failure, /^(the server closed the connection|read ECONNRESET|write EPIPE)$/)
})

t.test('a connection', async t => {
  t.test('resolves calls in order with the err of each', async t => {
    const connection = await Connection.open(
      await scripted(t, xid => ({ xid, err: xid === 2 || xid === 5 ? -110 : 0 })),
    )
    t.teardown(() => connection.destroy())
    t.strictSame(await Promise.all([1, 2, 3].map(() => connection.call(getDataFrame('/a')))), [0, -110, 0])
    await connection.must(getDataFrame('/a'))
    await t.rejects(connection.must(getDataFrame('/a')), { message: 'a set-up request was answered err -110' })
  })
  t.test('rejects a call that the server leaves unanswered by closing', async t => {
    const connection = await Connection.open(await scripted(t, () => null))
    await t.rejects(connection.call(getDataFrame('/a')))
    await t.rejects(connection.call(getDataFrame('/a')))
  })
  t.test('rejects when nobody listens', async t => {
    await t.rejects(Connection.open(1), { message: /ECONNREFUSED/ })
  })
})

t.test('the mix of a load is exact over ten slots', async t => {
  for (const writesInTen of [0, 1, 5, 10]) {
    const kinds = Array.from({ length: 10 }, (_, slot) => kindOf(slot, writesInTen))
    t.equal(
      kinds.reduce((sum, kind) => sum + kind, 0),
      writesInTen,
    )
  }
})

t.test('rings', async t => {
  t.test('of a load: one for each session, with room for what is outstanding', async t => {
    for (const shape of Object.values(LOADS)) {
      const rings = ringsOf(shape)
      t.equal(rings.length, shape.sessions)
      t.ok(rings.every(ring => ring.slots >= shape.outstanding))
    }
  })
  t.test('hold their frames end to end, whatever their lengths', async t => {
    const frames = [getDataFrame('/a'), setDataFrame('/b', new Uint8Array(10)), getDataFrame('/c')]
    const ring = new Ring(frames, Uint8Array.of(0, 1, 0))
    ring.setXid(1, 77)
    t.strictSame([...ring.offsets], [0, 19, 19 + 36, 19 + 36 + 19])
    t.equal(readInt(ring.bytes, 19 + 4), 77)
    t.equal(readInt(ring.bytes, 19), 32)
  })
  t.test('of creates name each znode once, below parents of a thousand, and end at the limit', async t => {
    const sequence = new NodeSequence('bulk', 2001)
    t.equal(sequence.parents, 3)
    const ring = sequence.ring(1, new Uint8Array(0))
    const paths: string[] = []
    while (ring.prepare?.(ring.bytes, 0)) paths.push(ring.bytes.toString('latin1', 16, 37))
    t.equal(paths.length, 2001)
    t.equal(new Set(paths).size, 2001)
    t.equal(paths[0], '/bulk/00000/000000000')
    t.equal(paths[1000], '/bulk/00001/000001000')
    t.equal(paths[2000], '/bulk/00002/000002000')
  })
})

t.test('putDigits fills with zeros and drops what does not fit', async t => {
  const bytes = Buffer.from('xxxxx')
  putDigits(bytes, 1, 3, 42)
  t.equal(bytes.toString(), 'x042x')
  putDigits(bytes, 1, 3, 98765)
  t.equal(bytes.toString(), 'x765x')
})

t.test('latencies keep one sample in `stride`, and forget on clear', async t => {
  const latencies = new Latencies(2)
  for (const value of [1, 100, 3, 100, 2]) latencies.record(value)
  t.strictSame(latencies.summary(), { samples: 3, p50: 2, p99: 3, max: 3 })
  latencies.clear()
  t.equal(latencies.summary().samples, 0)
})

t.test('both servers get one config, with snapCount only where it is asked for', async t => {
  t.notMatch(zooCfg('/d', 1), 'snapCount')
  t.match(zooCfg('/d', 1, { snapCount: 5000 }), /^snapCount=5000$/m)
  t.match(zooCfg('/d', 2181), /^dataDir=\/d\nclientPort=2181\nclientPortAddress=127\.0\.0\.1$/m)
})
