import t from 'tap'
import { authenticate } from '../../dist/auth/index.js'
import type { Authenticator } from '../../dist/seams/index.js'
import { connection, identity, registry, utf8 } from './support.js'

const custom: Authenticator = {
  scheme: 'key',
  isAuthenticated: true,
  authenticate: () => [identity('key', '42')],
  matches: (id, aclId) => id === aclId,
  isValid: () => true,
}
const ip = identity('ip', '127.0.0.1')

t.test('serves ip and digest always, x509 and sasl where they are set up', async t => {
  t.strictSame(registry({}, { x509: false, sasl: false }).schemes, ['digest', 'ip'])
  t.strictSame(registry().schemes, ['digest', 'ip', 'sasl', 'x509'])
  t.equal(registry().get('world'), undefined)
})

t.test('digest can be turned off', async t => {
  t.equal(registry({ digestAuthEnabled: false }).get('digest'), undefined)
})

t.test('a plugin adds a scheme, or takes the place of a built-in one', async t => {
  t.equal(registry({}, { extra: [custom] }).get('key'), custom)
  const digest = { ...custom, scheme: 'digest' }
  t.equal(registry({}, { extra: [digest] }).get('digest'), digest)
})

t.test('a plugin cannot take a scheme that the kernel gives a meaning to', async t => {
  for (const scheme of ['world', 'auth', 'super']) {
    t.throws(() => registry({}, { extra: [{ ...custom, scheme }] }), {
      code: 'CONFIG_INVALID',
      message: `an authenticator was given for the scheme "${scheme}", which belongs to the kernel`,
    })
  }
})

t.test('a connection begins with its address and its certificate', async t => {
  t.strictSame(registry().identify(connection()), [ip])
  const identities = registry({ x509SuperUser: 'CN=root' }).identify(
    connection('::ffff:127.0.0.1', { subject: 'CN=root', issuer: 'CN=ca' }),
  )
  t.same(new Set(identities), new Set([ip, identity('super', 'CN=root'), identity('x509', 'CN=root')]))
})

t.test('an auth packet', async t => {
  const served = registry({ superDigest: 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=' }, { extra: [custom] })
  const ask = (scheme: string, auth: Uint8Array | null, from = served) =>
    authenticate({ scheme, auth }, connection(), [ip], from)

  t.test('adds what it proves to what the connection was', async t => {
    t.strictSame(ask('key', null), { outcome: 'accepted', identities: [ip, identity('key', '42')], isSuper: false })
    t.match(ask('digest', utf8('super:test')), { outcome: 'accepted', isSuper: true })
    t.strictSame(ask('ip', null), { outcome: 'accepted', identities: [ip], isSuper: false })
  })

  t.test('is refused for schemes that nobody serves or that take no packet', async t => {
    for (const scheme of ['', 'world', 'auth', 'super', 'nope', 'sasl', 'x509', 'toString']) {
      t.strictSame(ask(scheme, utf8('x')), { outcome: 'refused' }, scheme)
    }
  })

  t.test('is refused without a credential where one is needed', async t => {
    t.strictSame(ask('digest', null), { outcome: 'refused' })
  })

  t.test('is refused when the authenticator throws', async t => {
    const broken: Authenticator = {
      ...custom,
      authenticate() {
        throw new Error('bad credential')
      },
    }
    t.strictSame(ask('key', utf8('x'), registry({}, { extra: [broken] })), { outcome: 'refused' })
  })

  t.test('may have the connection dropped instead of answered', async t => {
    const picky: Authenticator = { ...custom, authenticate: () => 'drop' }
    t.strictSame(ask('key', utf8('x'), registry({}, { extra: [picky] })), { outcome: 'dropped' })
  })
})
