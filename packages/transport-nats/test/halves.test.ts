/** The two halves of a link without a network: cutting, joining, windows and what a peer may not send. */
import t from 'tap'
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, FrameKind, MORE, putHeader } from '../dist/frames.js'
import { Incoming } from '../dist/incoming.js'
import { Outgoing } from '../dist/outgoing.js'

const bytes = (length: number, value = length) => new Uint8Array(length).fill(value)

/** A sender and a receiver with nothing between them. */
function pair(windowBytes: number, frameBytesMax: number, packetBytesMax = 1 << 20) {
  const outgoing = new Outgoing()
  outgoing.agree(windowBytes, frameBytesMax)
  const incoming = new Incoming({ windowBytes, packetBytesMax })
  let sequence = 0
  return {
    outgoing,
    incoming,
    /** Sends what there is room for; lengths of the frames. */
    pump(take: (packet: Uint8Array) => void, consume = true): number[] {
      const frames: number[] = []
      for (let frame = outgoing.next(); frame !== undefined; frame = outgoing.next()) {
        putHeader(frame, FrameKind.DATA, ++sequence, 0)
        frames.push(frame.length)
        for (const arrival of incoming.accept(decodeFrame(frame))) {
          take(arrival.packet)
          if (consume) incoming.took(arrival)
        }
        if (consume) outgoing.credit(incoming.consumed)
      }
      return frames
    },
  }
}

t.test('small packets share a frame, in order', async t => {
  const { outgoing, pump } = pair(1 << 20, 4096)
  for (let n = 1; n <= 50; n++) outgoing.push(bytes(n))
  const seen: number[] = []
  t.strictSame(
    pump(packet => seen.push(packet.length)),
    [FRAME_HEADER_BYTES + 50 * 4 + 1275],
  )
  t.strictSame(
    seen,
    Array.from({ length: 50 }, (_, n) => n + 1),
  )
})

t.test('packets around the length of a frame arrive whole, no frame passes the limit', async t => {
  for (let size = 900; size < 1100; size++) {
    const { outgoing, pump } = pair(1 << 20, 1024)
    const sizes = [size, 0, size + 1, 3, 5 * size]
    for (const length of sizes) outgoing.push(bytes(length))
    const seen: Uint8Array[] = []
    const frames = pump(packet => seen.push(packet))
    t.ok(Math.max(...frames) <= 1024, `frames of ${size}`)
    t.strictSame(
      seen.map(packet => Buffer.from(packet)),
      sizes.map(length => Buffer.from(bytes(length))),
      `packets of ${size}`,
    )
  }
})

t.test('a packet longer than the window passes, and counts once', async t => {
  const { outgoing, incoming, pump } = pair(4096, 1024)
  outgoing.push(bytes(100_000))
  outgoing.push(bytes(7))
  const seen: number[] = []
  pump(packet => seen.push(packet.length))
  t.strictSame(seen, [100_000, 7])
  t.ok(incoming.consumed > 100_007)
  t.ok(outgoing.isEmpty)
})

t.test('a receiver that takes nothing holds a window, and the rest waits at the sender', async t => {
  const { outgoing, pump } = pair(64 * 1024, 4096)
  for (let n = 0; n < 1000; n++) outgoing.push(bytes(1000))
  let held = 0
  pump(packet => {
    held += packet.length
  }, false)
  t.ok(held <= 64 * 1024, `${held} bytes held`)
  t.equal(held + outgoing.queuedBytes, 1_000_000)
})

t.test('long packets in pieces are held to the window too, but for the first', async t => {
  const { outgoing, pump } = pair(64 * 1024, 4096)
  for (let n = 0; n < 100; n++) outgoing.push(bytes(10_000))
  let held = 0
  pump(packet => {
    held += packet.length
  }, false)
  t.ok(held <= 10_000 + 64 * 1024, `${held} bytes held`)
})

t.test('random sizes with a receiver that reports late never get stuck', async t => {
  let seed = 7
  const below = (bound: number) => {
    seed = (seed * 48271) % 0x7fffffff
    return seed % bound
  }
  for (let round = 0; round < 100; round++) {
    const outgoing = new Outgoing()
    const windowBytes = 1024 + below(8192)
    outgoing.agree(windowBytes, 64 + below(4096))
    const incoming = new Incoming({ windowBytes, packetBytesMax: 1 << 20 })
    const sizes = Array.from({ length: 40 }, () => below(below(10) === 0 ? 20_000 : 600))
    for (const size of sizes) outgoing.push(bytes(size))
    const seen: number[] = []
    let sequence = 0
    for (let frame = outgoing.next(); frame !== undefined; frame = outgoing.next()) {
      putHeader(frame, FrameKind.DATA, ++sequence, 0)
      for (const arrival of incoming.accept(decodeFrame(frame))) {
        seen.push(arrival.packet.length)
        incoming.took(arrival)
      }
      // Only what a real link would say without heartbeats.
      if (incoming.isReportDue) {
        outgoing.credit(incoming.consumed)
        incoming.reportedNow()
      }
    }
    t.strictSame(seen, sizes, `round ${round}, window ${windowBytes}`)
  }
})

t.test('credit that cannot be is told', async t => {
  const { outgoing } = pair(4096, 1024)
  t.equal(outgoing.credit(1), false)
  outgoing.push(bytes(100))
  outgoing.next()
  t.equal(outgoing.credit(104), true)
  t.equal(outgoing.credit(103), false)
  t.equal(outgoing.credit(105), false)
})

const record = (word: number, body: Uint8Array) => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(word)
  return Buffer.concat([head, body])
}

t.test('what a peer may not send breaks the link with a reason', async t => {
  const { DATA, FIN } = FrameKind
  const first = (body: Uint8Array, kind: number = DATA) => [encodeFrame(kind, 1, 0, body)]
  const cases: [string, RegExp, Uint8Array[]][] = [
    ['nothing', /a message of 0 bytes/, [new Uint8Array(0)]],
    ['half a header', /a message of 12 bytes/, [new Uint8Array(12)]],
    ['an unknown kind', /unknown kind 9/, first(new Uint8Array(0), 9)],
    ['a gap', /messages 2 to 4 were lost/, [encodeFrame(DATA, 1, 0), encodeFrame(DATA, 5, 0)]],
    ['a repetition', /message 1 came again/, [encodeFrame(DATA, 1, 0), encodeFrame(DATA, 1, 0)]],
    ['a start in the middle', /messages 1 to 8 were lost/, [encodeFrame(DATA, 9, 0)]],
    ['a record header cut short', /cut short in its header/, first(new Uint8Array(3))],
    ['a record cut short', /a record of 10 bytes of which 4/, first(record(10, bytes(4)))],
    ['a packet too long', /longer than 1000 bytes/, first(record(1001, bytes(1001)))],
    [
      'pieces too long',
      /longer than 1000/,
      first(Buffer.concat([record(MORE + 900, bytes(900)), record(101, bytes(101))])),
    ],
    ['empty pieces', /an empty piece/, first(Buffer.concat([record(MORE, bytes(0)), record(1, bytes(1))]))],
    [
      'more than the window',
      /the 4096 bytes/,
      Array.from({ length: 5 }, (_, n) => encodeFrame(DATA, n + 1, 0, record(900, bytes(900)))),
    ],
    [
      'an end within a packet',
      /in the middle of a packet/,
      [encodeFrame(DATA, 1, 0, record(MORE + 5, bytes(5))), encodeFrame(FIN, 2, 0)],
    ],
  ]
  for (const [name, reason, messages] of cases) {
    const incoming = new Incoming({ windowBytes: 4096, packetBytesMax: 1000 })
    const acceptAll = () => {
      for (const message of messages) incoming.accept(decodeFrame(message))
    }
    t.throws(acceptAll, { message: reason }, name)
  }
})
