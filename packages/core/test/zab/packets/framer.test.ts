import { payload } from '@menagerie/core/contract'
import { type Id, JuteWriter, OpCode } from '@menagerie/core/jute'
import { decodePacket, encodePacket, PacketFramer, PacketType, writeRequest } from '@menagerie/core/zab'
import t from 'tap'
import { reservedBytes } from '../../reserved-bytes.js'
import { joined, smallSnapshot } from './samples.js'

const ids = [
  { scheme: 'digest', id: 'ann:secret' },
  { scheme: '', id: 'ü' },
]

/** As a learner sends a client's request to the leader. */
function request(body: Uint8Array, authInfo: readonly Id[] | null = null): Uint8Array {
  const writer = new JuteWriter()
  writeRequest(writer, { session: 1n, cxid: 2, opcode: OpCode.create, body }, authInfo)
  return writer.take()
}

const packets = [
  encodePacket(PacketType.PING, -1),
  encodePacket(PacketType.PROPOSAL, 0x100000001, payload(3)),
  request(payload(0), []),
  request(payload(5000), ids),
  encodePacket(PacketType.ACK, 0x100000001, new Uint8Array(0)),
]

/** Pushes `stream` in pieces of these sizes, the last one again and again. */
function cut(stream: Uint8Array, sizes: readonly number[], framer = new PacketFramer()): Uint8Array[] {
  const found: Uint8Array[] = []
  let at = 0
  for (let n = 0; at < stream.length; n++) {
    const size = sizes[Math.min(n, sizes.length - 1)]
    framer.push(stream.slice(at, at + size), bytes => found.push(bytes.slice()))
    at += size
  }
  return found
}

/** For comparisons by the hundred, which as structures take seconds. */
const hex = (parts: readonly Uint8Array[]) => parts.map(bytes => Buffer.from(bytes).toString('hex')).join(' ')

/** The first 16 bytes of a packet that says it has this much data. */
function head(dataLength: number): Uint8Array {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setInt32(0, PacketType.PROPOSAL)
  new DataView(bytes.buffer).setInt32(12, dataLength)
  return bytes
}

function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}

t.test('packets come whole and in order, however the stream is cut', async t => {
  const stream = joined(packets)
  for (const sizes of [[1], [7], [15, 1, 1, 200], [100], [stream.length]]) {
    t.equal(hex(cut(stream, sizes)), hex(packets), `pieces of ${sizes}`)
  }
  for (let at = 1; at < stream.length; at += 13) {
    t.equal(hex(cut(stream, [at, stream.length])), hex(packets), `cut at ${at}`)
  }
})

t.test('authinfo is read as Apache writes it', async t => {
  const [packet] = cut(packets[3], [9])
  t.strictSame(decodePacket(packet).authInfo, ids)
})

t.test('packets that a chunk holds whole are views of it', async t => {
  const chunk = joined(packets)
  const found: Uint8Array[] = []
  new PacketFramer().push(chunk, bytes => found.push(bytes))
  t.equal(found.length, packets.length)
  for (const packet of found) t.equal(packet.buffer, chunk.buffer)
})

t.test('a boundary is between packets, and not within one or before a snapshot has ended', async t => {
  const framer = new PacketFramer()
  const ignore = () => {}
  t.equal(framer.atBoundary, true)
  framer.push(packets[1].slice(0, 5), ignore)
  t.equal(framer.atBoundary, false)
  framer.push(packets[1].slice(5), ignore)
  t.equal(framer.atBoundary, true)
  framer.push(encodePacket(PacketType.SNAP, 5), ignore)
  t.equal(framer.atBoundary, false)
  framer.push(smallSnapshot(), ignore)
  t.equal(framer.atBoundary, true)
})

t.test('a snapshot comes in chunks that end with it, however the stream is cut', async t => {
  const announcement = encodePacket(PacketType.SNAP, 5)
  const snapshot = smallSnapshot()
  const stream = joined([packets[0], announcement, snapshot, packets[1], packets[3]])
  const before = packets[0].length + announcement.length
  for (let size = 1; size < stream.length; size += size < 40 ? 1 : 37) {
    const found = cut(stream, [size])
    const chunks = found.slice(2, -2)
    t.equal(hex([joined(chunks)]), hex([snapshot]), `chunks of ${size}`)
    t.ok(chunks.every(chunk => chunk.length > 0))
    t.equal(hex([...found.slice(0, 2), ...found.slice(-2)]), hex([packets[0], announcement, packets[1], packets[3]]))
  }
  t.strictSame(cut(stream, [before + 3, stream.length])[2], snapshot.slice(0, 3))
})

t.test('nothing is handed over after stop, not even the rest of the chunk', async t => {
  const framer = new PacketFramer()
  const found: Uint8Array[] = []
  framer.push(joined(packets), bytes => {
    found.push(bytes)
    framer.stop()
  })
  framer.push(packets[0], bytes => found.push(bytes))
  t.equal(found.length, 1)
})

t.test('lengths that make no sense are refused with their values, after what stands before them', async t => {
  const limit = 100
  const cases: [string, Uint8Array, RegExp][] = [
    ['data too long', head(101), /data: 101, outside -1 to 100; jute\.maxbuffer has to be the same on all servers$/],
    ['no packet, but HTTP', head(0x47455420), /data: 1195725856, outside -1 to 100$/],
    ['negative data', head(-2), /data: -2/],
    ['too many ids', joined([head(-1), int(101)]), /authinfo: 101/],
    ['a negative number of ids', joined([head(0), int(-5)]), /authinfo: -5/],
    ['a string too long', joined([head(-1), int(1), int(2_000_000_000)]), /string of authinfo: 2000000000/],
    ['strings that add up', joined([head(90), new Uint8Array(90), int(1), int(20)]), /138 bytes or more, above 100/],
  ]
  for (const [name, fault, message] of cases) {
    for (const sizes of [[1], [1000]]) {
      const framer = new PacketFramer(limit)
      const found: Uint8Array[] = []
      const push = () => {
        const stream = joined([packets[1], fault])
        for (let at = 0; at < stream.length; at += sizes[0]) {
          framer.push(stream.slice(at, at + sizes[0]), bytes => found.push(bytes.slice()))
        }
      }
      t.throws(push, { name: 'MarshallingError', message }, name)
      t.strictSame(found, [packets[1]], name)
      framer.push(packets[0], bytes => found.push(bytes))
      t.equal(found.length, 1, 'nothing after the fault')
    }
  }
  t.equal(cut(encodePacket(PacketType.PROPOSAL, 1, new Uint8Array(100)), [50], new PacketFramer(limit)).length, 1)
})

t.test('a length alone reserves no memory to speak of', async t => {
  const framer = new PacketFramer()
  const reserved = reservedBytes(() => framer.push(head(2_000_000), () => {}))
  t.ok(reserved < 10_000, `${reserved} bytes`)
})

t.test('a long packet in small pieces is copied a few times at most, with or without authinfo', async t => {
  const many = Array.from({ length: 20_000 }, () => ({ scheme: '', id: '' }))
  for (const packet of [request(payload(1_500_000)), request(payload(1_000_000), many)]) {
    const framer = new PacketFramer()
    let found: Uint8Array | undefined
    const reserved = reservedBytes(() => {
      for (let at = 0; at < packet.length; at += 1000) {
        framer.push(packet.subarray(at, at + 1000), bytes => (found = bytes))
      }
    })
    t.equal(found?.length, packet.length)
    t.ok(reserved < 4 * packet.length, `${reserved} bytes for a packet of ${packet.length}`)
  }
})
