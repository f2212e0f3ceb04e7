import t from 'tap'
import { formatEndpoint, parseEndpoint } from '../../dist/peers/endpoint.js'
import { encodeInitialMessage, InitialMessageReader } from '../../dist/peers/initial-message.js'

/** What Apache 3.8.0 says first as server 2, recorded; then the same with multiAddress.enabled and two addresses. */
const RECORDED_V1 = 'ffffffffffff000000000000000000020000000f3132372e302e302e313a3432303032'
const RECORDED_V2 =
  'ffffffffffff000100000000000000020000001f3132372e302e302e313a34323030327c3132372e302e302e323a3432303132'
const first = { host: '127.0.0.1', port: 42002 }
const second = { host: '127.0.0.2', port: 42012 }

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const read = (bytes: Uint8Array) => new InitialMessageReader().push(bytes)

/** An initial message of protocol V1 of server 7 with this text as its address, or with another length. */
function withAddress(text: string, length = Buffer.byteLength(text)): Uint8Array {
  const head = Buffer.alloc(20)
  head.writeBigInt64BE(-65_536n)
  head.writeBigInt64BE(7n, 8)
  head.writeInt32BE(length, 16)
  return new Uint8Array(Buffer.concat([head, Buffer.from(text)]))
}

t.test('the initial message has the bytes that Apache sends', async t => {
  t.equal(Buffer.from(encodeInitialMessage(2, [first, second], false)).toString('hex'), RECORDED_V1)
  t.equal(Buffer.from(encodeInitialMessage(2, [first, second], true)).toString('hex'), RECORDED_V2)
})

t.test("Apache's initial messages are read, however they are cut, with what follows left over", async t => {
  const follows = Uint8Array.of(1, 2, 3)
  for (const [recorded, addresses] of [
    [RECORDED_V1, [first]],
    [RECORDED_V2, [first, second]],
  ] as const) {
    const bytes = bytesOf(recorded)
    for (let at = 0; at < bytes.length; at++) {
      const reader = new InitialMessageReader()
      t.equal(reader.push(bytes.slice(0, at)), undefined)
      const found = reader.push(Buffer.concat([bytes.slice(at), follows]))
      t.same(found?.message, { sid: 2, addresses })
      t.same([...(found?.rest ?? [])], [1, 2, 3])
    }
  }
})

t.test('a server of 3.4 says its id alone', async t => {
  t.same(read(bytesOf('0000000000000003'))?.message, { sid: 3, addresses: [] })
  t.same(read(bytesOf('0000000000000000ff'))?.message, { sid: 0, addresses: [] })
})

t.test('addresses may be IPv6, and one that stands for every address is left out', async t => {
  t.same(read(withAddress('[::1]:3888'))?.message.addresses, [{ host: '::1', port: 3888 }])
  t.same(read(withAddress('0.0.0.0:3888|[::]:3888|[0:0:0:0:0:0:0:0]:1|a:1'))?.message.addresses, [
    { host: 'a', port: 1 },
  ])
  for (const text of ['[fe80::1]:3888', 'zk-1.example.org:3888']) t.equal(formatEndpoint(parseEndpoint(text)!), text)
})

t.test('what is no initial message is refused with what was found', async t => {
  const cases: [Uint8Array, RegExp][] = [
    [bytesOf('ffffffffffff0002'), /protocol -65534/],
    [bytesOf('ffffffffffffffff'), /protocol -1,/],
    [withAddress('', 0), /addresses of 0 bytes, outside 1 to 2048/],
    [withAddress('', -1), /addresses of -1 bytes/],
    [withAddress('', 2049), /addresses of 2049 bytes/],
    [withAddress('', 0x7fffffff), /addresses of 2147483647 bytes/],
    [withAddress('nowhere'), /the address "nowhere"/],
    [withAddress('host:99999'), /the address "host:99999"/],
    [withAddress('a:1||b:2'), /the address ""/],
    [withAddress('::1:3888'), /the address "::1:3888"/],
    [bytesOf('ffffffffffff0000ffffffffffffffff00000003613a31'), /server -1, which is no server's id/],
    [bytesOf('7fffffffffffffff'), /server 9223372036854775807/],
  ]
  for (const [bytes, message] of cases) t.throws(() => read(bytes), { name: 'MarshallingError', message })
})

t.test('the longest addresses that Apache takes are taken', async t => {
  const text = `${'h'.repeat(2043)}:3888`
  t.equal(read(withAddress(text))?.message.addresses.length, 1)
})
