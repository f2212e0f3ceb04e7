/** Options that cannot be are refused before anybody is dialled. */
import { type ClientOptions, connect, MenagerieError } from '@menagerie/client'
import t from 'tap'
import { FakeNetwork } from './support/fake-server.js'

const WRONG: readonly (readonly [options: Record<string, unknown>, says: RegExp])[] = [
  [{ servers: undefined }, /servers must be a string.*found undefined/],
  [{ servers: 2181 }, /servers must be a string.*found 2181/],
  [{ sessionTimeoutMs: -5 }, /sessionTimeoutMs must be a whole number from 1 .*found -5/],
  [{ sessionTimeoutMs: 0 }, /sessionTimeoutMs.*found 0/],
  [{ sessionTimeoutMs: Number.NaN }, /sessionTimeoutMs.*found NaN/],
  [{ sessionTimeoutMs: '30000' }, /sessionTimeoutMs.*found '30000'/],
  [{ sessionTimeoutMs: 2 ** 31 }, /sessionTimeoutMs.*to 2147483647.*found 2147483648/],
  [{ connectTimeoutMs: -1 }, /connectTimeoutMs.*found -1/],
  [{ requestTimeoutMs: 0 }, /requestTimeoutMs.*found 0/],
  [{ reconnect: { initialDelayMs: -1 } }, /reconnect\.initialDelayMs.*found -1/],
  [{ reconnect: { maxDelayMs: Number.POSITIVE_INFINITY } }, /reconnect\.maxDelayMs.*found Infinity/],
  [{ frameBytesMax: 0 }, /frameBytesMax.*found 0/],
  [{ lastZxidSeen: -1 }, /lastZxidSeen.*found -1/],
  [{ auth: [{ scheme: 'digest', credential: 'bob:secret' }] }, /auth\[0\].*Uint8Array/],
  [{ auth: [{ credential: new Uint8Array(0) }] }, /auth\[0\].*scheme/],
  [{ session: { id: 5, password: new Uint8Array(16) } }, /session must be \{ id, password \}/],
  [{ session: { id: 5n, password: 'x' } }, /session must be \{ id, password \}/],
]

for (const [options, says] of WRONG) {
  t.test(`connect refuses ${says.source}`, async t => {
    const network = new FakeNetwork()
    const given = { servers: 'a:1', dialer: network, ...options } as unknown as ClientOptions
    const error = await connect(given).catch(error => error)
    t.ok(error instanceof MenagerieError, String(error))
    t.match(error, { code: 'CONFIG_INVALID', message: says })
    t.notMatch(error.message, /secret/, 'a message holds no credential')
    t.equal(network.dials, 0)
  })
}

t.test('connect refuses what is neither text nor options', async t => {
  for (const nothing of [undefined, null, 5]) {
    await t.rejects(connect(nothing as unknown as string), { code: 'CONFIG_INVALID' })
  }
})
