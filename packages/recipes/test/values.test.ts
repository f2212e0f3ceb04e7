import { decimalCodec, int32Codec, int64Codec, uriOf } from '@menagerie/recipes'
import t from 'tap'
import { Bell } from '../dist/base/bell.js'
import { validate } from '../dist/config/schema.js'
import { completeInstance, decodeInstance, encodeInstance } from '../dist/discovery/instance.js'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (string: string) => new TextEncoder().encode(string)

t.test('numbers become the bytes that Curator and kazoo write', async t => {
  t.strictSame([...int32Codec.encode(-2)], [255, 255, 255, 254])
  t.equal(int32Codec.decode(int32Codec.encode(-2)), -2)
  t.throws(() => int32Codec.encode(2 ** 31), { code: 'RECIPE_ARGUMENT' })
  t.throws(() => int32Codec.encode(0.5), { code: 'RECIPE_ARGUMENT' })
  t.throws(() => int32Codec.decode(new Uint8Array(8)), /8 bytes where 4/)
  t.strictSame([...int64Codec.encode(258n)], [0, 0, 0, 0, 0, 0, 1, 2])
  t.equal(int64Codec.decode(int64Codec.encode(-(2n ** 63n))), -(2n ** 63n))
  t.throws(() => int64Codec.encode(2n ** 63n), { code: 'RECIPE_ARGUMENT' })
  t.equal(text(decimalCodec.encode(-1.5)), '-1.5')
  t.equal(decimalCodec.decode(bytes('1e+20')), 1e20)
  t.throws(() => decimalCodec.decode(bytes('0x10')), /0x10/)
  t.throws(() => decimalCodec.encode(Number.NaN), { code: 'RECIPE_ARGUMENT' })
})

t.test('instances are JSON with the fields of x-discovery, all of them', async t => {
  const instance = completeInstance({ name: 'web', id: 'a', port: 80 }, 'uuid', 5)
  t.equal(
    text(encodeInstance(instance)),
    '{"name":"web","id":"a","address":null,"port":80,"sslPort":null,"payload":null,"registrationTimeUTC":5,"serviceType":"DYNAMIC","uriSpec":null}',
  )
  t.strictSame(decodeInstance(encodeInstance(instance)), instance)
  t.equal(completeInstance({ name: 'web' }, 'uuid', 5).id, 'uuid')
  t.throws(() => decodeInstance(bytes('null')), /name or id/)
  t.throws(() => decodeInstance(bytes('[')), SyntaxError)
})

t.test('addresses become URIs', async t => {
  const instance = completeInstance({ name: 'web', address: 'host', port: 80, sslPort: 443 }, 'a', 0)
  t.equal(uriOf(instance), 'http://host:80')
  t.equal(uriOf(instance, 'https'), 'https://host:443')
  t.equal(uriOf({ ...instance, address: null }), null)
  const parts = [
    { value: 'scheme', variable: true },
    { value: '://', variable: false },
    { value: 'address', variable: true },
    { value: '/', variable: false },
    { value: 'nothing', variable: true },
  ]
  t.equal(uriOf({ ...instance, uriSpec: { parts } }), 'https://host/')
})

t.test('schemas are functions, objects with parse, or Standard Schemas', async t => {
  t.equal(await validate(value => Number(value), '5'), 5)
  t.equal(await validate({ parse: value => Number(value) }, '5'), 5)
  const standard = { '~standard': { validate: async (value: unknown) => ({ value: Number(value) }) } }
  t.equal(await validate(standard, '5'), 5)
  const callable = Object.assign(() => 0, standard)
  t.equal(await validate(callable, '5'), 5, 'a schema that is a function as well')
})

t.test('a bell keeps a ring for the next who waits, and many count as one', async t => {
  const bell = new Bell()
  bell.ring()
  bell.ring()
  await bell.wait()
  const waiting = bell.wait()
  bell.ring()
  await waiting
  const ending = new AbortController()
  const unheard = bell.wait(ending.signal)
  ending.abort()
  await t.rejects(unheard, { name: 'AbortError' })
})
