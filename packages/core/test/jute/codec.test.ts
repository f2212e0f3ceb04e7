import t from 'tap'
import * as jute from '../../dist/jute/index.js'
import { JuteReader, JuteWriter, MarshallingError } from '../../dist/jute/index.js'
import type { Codec } from '../../dist/jute/schema.js'
import { putLong } from '../../dist/jute/writer.js'
import { reservedBytes } from '../reserved-bytes.js'
import { Seeded } from '../seeded.js'

const text = (random: Seeded) => random.pick(['', '/', '/a/b', 'ünï', 'x'.repeat(random.below(300))])
const int = (random: Seeded) => random.next() | 0
/** Within what a number holds exactly. */
const long = (random: Seeded) => (random.next() | 0) * 0x200000 + random.below(0x200000)
const long64 = (random: Seeded) => BigInt.asIntN(64, (BigInt(random.next()) << 32n) | BigInt(random.next()))
const bytes = (random: Seeded) => (random.chance(4) ? null : random.bytes(random.below(40)))
const list = <T>(random: Seeded, item: () => T) =>
  random.chance(5) ? null : Array.from({ length: random.below(5) }, item)
const acl = (random: Seeded) =>
  list(random, () => ({ perms: int(random), id: { scheme: text(random), id: text(random) } }))
const stat = (random: Seeded) => ({
  czxid: long(random),
  mzxid: long(random),
  ctime: long(random),
  mtime: long(random),
  version: int(random),
  cversion: int(random),
  aversion: int(random),
  ephemeralOwner: long64(random),
  dataLength: int(random),
  numChildren: int(random),
  pzxid: long(random),
})
const flag = (random: Seeded) => random.chance(2)
const paths = (random: Seeded) => list(random, () => text(random))

// biome-ignore lint/suspicious/noExplicitAny: records of every shape
const RECORDS: [name: string, codec: Codec<any>, value: (random: Seeded) => unknown][] = [
  ['Stat', jute.Stat, stat],
  [
    'ConnectRequest',
    jute.ConnectRequest,
    r => ({ protocolVersion: int(r), lastZxidSeen: long(r), timeOut: int(r), sessionId: long64(r), passwd: bytes(r) }),
  ],
  [
    'ConnectResponse',
    jute.ConnectResponse,
    r => ({ protocolVersion: int(r), timeOut: int(r), sessionId: long64(r), passwd: bytes(r) }),
  ],
  ['RequestHeader', jute.RequestHeader, r => ({ xid: int(r), type: int(r) })],
  ['ReplyHeader', jute.ReplyHeader, r => ({ xid: int(r), zxid: long(r), err: int(r) })],
  ['AuthPacket', jute.AuthPacket, r => ({ type: int(r), scheme: r.chance(3) ? null : text(r), auth: bytes(r) })],
  [
    'SetWatches2',
    jute.SetWatches2,
    r => ({
      relativeZxid: long(r),
      dataWatches: paths(r),
      existWatches: paths(r),
      childWatches: paths(r),
      persistentWatches: paths(r),
      persistentRecursiveWatches: paths(r),
    }),
  ],
  ['WatcherEvent', jute.WatcherEvent, r => ({ type: int(r), state: int(r), path: text(r) })],
  ['CreateRequest', jute.CreateRequest, r => ({ path: text(r), data: bytes(r), acl: acl(r), flags: int(r) })],
  [
    'CreateTTLRequest',
    jute.CreateTTLRequest,
    r => ({ path: text(r), data: bytes(r), acl: acl(r), flags: int(r), ttl: long(r) }),
  ],
  ['SetDataRequest', jute.SetDataRequest, r => ({ path: text(r), data: bytes(r), version: int(r) })],
  ['SetACLRequest', jute.SetACLRequest, r => ({ path: text(r), acl: acl(r), version: int(r) })],
  ['MultiHeader', jute.MultiHeader, r => ({ type: int(r), done: flag(r), err: int(r) })],
  ['GetDataResponse', jute.GetDataResponse, r => ({ data: bytes(r), stat: stat(r) })],
  ['GetChildren2Response', jute.GetChildren2Response, r => ({ children: paths(r), stat: stat(r) })],
  ['GetACLResponse', jute.GetACLResponse, r => ({ acl: acl(r), stat: stat(r) })],
  [
    'TxnHeader',
    jute.TxnHeader,
    r => ({ clientId: long64(r), cxid: int(r), zxid: long(r), time: long(r), type: int(r) }),
  ],
  [
    'CreateTxn',
    jute.CreateTxn,
    r => ({ path: text(r), data: bytes(r), acl: acl(r), ephemeral: flag(r), parentCVersion: int(r) }),
  ],
  ['MultiTxn', jute.MultiTxn, r => ({ txns: list(r, () => ({ type: int(r), data: bytes(r) })) })],
]

t.test('records read back as they were written, and no shorter piece of them reads at all', async t => {
  for (const [name, codec, value] of RECORDS) {
    const random = new Seeded(name.length)
    for (let i = 0; i < 60; i++) {
      const expected = value(random)
      const writer = new JuteWriter(1)
      codec.write(writer, expected)
      const written = writer.take()
      const reader = new JuteReader(written)
      t.strictSame(codec.read(reader), expected, name)
      if (reader.remaining !== 0) t.fail(`${name} left ${reader.remaining} bytes`)
      if (i > 10) continue
      for (let length = 0; length < written.length; length++) {
        try {
          codec.read(new JuteReader(written, 0, length))
          t.fail(`${name}: ${length} of ${written.length} bytes were read`)
        } catch (error) {
          if (!(error instanceof MarshallingError)) t.fail(`${name}: ${error}`)
        }
      }
    }
  }
})

t.test('random bytes read as something or throw a MarshallingError, never anything else', async t => {
  const random = new Seeded(3)
  for (let i = 0; i < 3000; i++) {
    const noise = random.bytes(random.below(120))
    // Mostly small lengths, so that reading gets far.
    for (let at = 0; at + 4 <= noise.length; at += 4) if (random.chance(2)) noise.fill(0, at, at + 3)
    for (const [name, codec] of RECORDS) {
      try {
        codec.read(new JuteReader(noise))
      } catch (error) {
        if (!(error instanceof MarshallingError)) t.fail(`${name}: ${error}`)
      }
    }
  }
})

t.test('lengths below -1 and counts beyond what is left are refused before anything is allocated', async t => {
  const reader = (value: number) => {
    const writer = new JuteWriter()
    writer.int(value)
    writer.int(0)
    return new JuteReader(writer.take())
  }
  const refused = (read: () => unknown, what: string) => {
    t.equal(
      reservedBytes(() => void t.throws(read, MarshallingError, what)),
      0,
      what,
    )
  }
  for (const value of [-2, -0x80000000, 5, 0x7fffffff]) {
    const [one, two, three] = [reader(value), reader(value), reader(value)]
    refused(() => one.buffer(), `buffer of ${value}`)
    refused(() => two.ustring(), `text of ${value}`)
    if (value > 0) refused(() => three.vectorLength(), `vector of ${value}`)
    else t.equal(reader(value).vectorLength(), 0, 'a negative count is none, as in Apache')
  }
  t.equal(reader(-1).buffer(), null)
  t.equal(reader(-1).ustring(), null)
  t.equal(reader(-1).vectorLength(), -1)
})

t.test('any byte but 0 is true, as in Java', async t => {
  t.strictSame(
    [0, 1, 2, 255].map(byte => new JuteReader(new Uint8Array([byte])).bool()),
    [false, true, true, true],
  )
})

t.test('longs agree with 64-bit arithmetic up to 2^53, on both sides of zero', async t => {
  const random = new Seeded(4)
  const values = [0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 31, -(2 ** 31), 0xffffffff]
  for (let i = 0; i < 1000; i++) values.push(long(random))
  for (const value of values) {
    const writer = new JuteWriter()
    writer.long(value)
    writer.long64(BigInt(value))
    const written = writer.take()
    const put = new Uint8Array(8)
    putLong(put, 0, value)
    const reader = new JuteReader(written)
    if (reader.long() !== value || reader.long64() !== BigInt(value)) t.fail(`${value} read back`)
    if (Buffer.compare(put, written.subarray(8)) !== 0 || Buffer.compare(put, written.subarray(0, 8)) !== 0) {
      t.fail(`${value} written`)
    }
  }
})

t.test('a reader stays within its range, and buffers are views of it', async t => {
  const bytes = new Uint8Array([9, 0, 0, 0, 2, 7, 8, 9])
  const reader = new JuteReader(bytes, 1, 7)
  const view = reader.buffer()
  t.strictSame([...view!], [7, 8])
  t.equal(view?.buffer, bytes.buffer)
  t.throws(() => reader.byte(), MarshallingError)
  reader.reset(bytes, 0, 1)
  t.equal(reader.byte(), 9)
})

t.test('a writer grows, starts again, and hands out copies', async t => {
  const writer = new JuteWriter(2)
  writer.ustring('hello')
  writer.bool(true)
  writer.byte(7)
  writer.longHalves(-1, 5)
  const first = writer.take()
  t.equal(Buffer.from(first).toString('hex'), '0000000568656c6c6f0107ffffffff00000005')
  writer.raw(new Uint8Array([1]))
  t.strictSame([...writer.view()], [1])
  t.equal(first[0], 0, 'a copy')
  t.equal(writer.clear().view().length, 0)
})
