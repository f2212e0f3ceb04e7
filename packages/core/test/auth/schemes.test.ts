import t from 'tap'
import {
  digestAuthenticator,
  ensembleAuthenticator,
  generateDigest,
  ipAuthenticator,
  saslAuthenticator,
  x509Authenticator,
} from '../../dist/auth/index.js'
import * as verdicts from './fixtures/apache-verdicts.js'
import { connection, identity, utf8 } from './support.js'

t.test('ip', async t => {
  const ip = ipAuthenticator()

  t.test('accepts the ACL ids that Apache accepts', async t => {
    for (const [id, valid] of verdicts.ipIds) t.equal(ip.isValid(id), valid, JSON.stringify(id))
  })

  t.test('matches addresses and prefixes as Apache does', async t => {
    for (const [id, aclId, matches] of verdicts.ipMatches) t.equal(ip.matches(id, aclId), matches, `${id} ${aclId}`)
  })

  t.test('names a connection as Java prints its address', async t => {
    const cases = [
      ['127.0.0.1', '127.0.0.1'],
      ['::ffff:127.0.0.1', '127.0.0.1'],
      ['::FFFF:10.1.2.3', '10.1.2.3'],
      ['::ffff:a01:203', '10.1.2.3'],
      ['::1', '0:0:0:0:0:0:0:1'],
      ['2001:db8::a:0:b', '2001:db8:0:0:0:a:0:b'],
      ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1%eth0'],
      ['', ''],
      ['somewhere', 'somewhere'],
    ]
    for (const [address, id] of cases) t.strictSame(ip.identify?.(connection(address)), [identity('ip', id)])
  })

  t.test('takes any auth packet and proves nothing by it', async t => {
    t.strictSame(ip.authenticate(null, connection()), [identity('ip', '127.0.0.1')])
    t.strictSame(ip.authenticate(utf8('10.0.0.1'), connection()), [identity('ip', '127.0.0.1')])
    t.equal(ip.isAuthenticated, false)
  })
})

t.test('digest', async t => {
  const digest = digestAuthenticator()

  t.test('accepts the ACL ids that Apache accepts', async t => {
    for (const [id, valid] of verdicts.digestIds) t.equal(digest.isValid(id), valid, JSON.stringify(id))
  })

  t.test('turns any credential into the id that Apache computes, even without a password', async t => {
    for (const [credential, id] of verdicts.digests) {
      t.equal(generateDigest(credential), id)
      t.strictSame(digest.authenticate(utf8(credential), connection()), [identity('digest', id)])
    }
  })

  t.test('reads bytes that are no UTF-8 as replacement characters', async t => {
    const proved = digest.authenticate(Uint8Array.of(0xff, 0x3a, 0x78), connection())
    t.strictSame(proved, [identity('digest', generateDigest('\ufffd:x'))])
  })

  t.test('refuses a packet without a credential', async t => t.equal(digest.authenticate(null, connection()), null))

  t.test('compares whole ids, letter by letter', async t => {
    t.equal(digest.matches('a:h', 'a:h'), true)
    t.equal(digest.matches('a:h', 'A:h'), false)
    t.equal(digest.matches('a:h', 'a'), false)
  })

  t.test('shows the user and not the digest', async t => {
    t.equal(digest.userName?.('bob:h'), 'bob')
    t.equal(digest.userName?.(':h'), '')
    t.equal(digest.userName?.('::'), '')
  })

  t.test('knows the hashes that Java knows, in any case of letters', async t => {
    for (const [algorithm, hash] of verdicts.algorithms) {
      if (hash === null) t.throws(() => digestAuthenticator({ algorithm }), { code: 'CONFIG_INVALID' }, algorithm)
      else t.equal(generateDigest('a:b', algorithm), `a:${hash}`, algorithm)
    }
  })

  t.test('names the key, the value and the choices when the hash is not known', async t => {
    t.throws(() => digestAuthenticator({ algorithm: 'CRC32' }), {
      message: /^DigestAuthenticationProvider\.digestAlg is "CRC32", expected one of MD5, .*SHA3-512$/,
    })
  })

  t.test('whoever proves the super digest is super besides', async t => {
    const withSuper = digestAuthenticator({ superDigest: 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=' })
    t.strictSame(withSuper.authenticate(utf8('super:test'), connection()), [
      identity('super', ''),
      identity('digest', 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='),
    ])
    t.strictSame(withSuper.authenticate(utf8('super:guess'), connection()), [
      identity('digest', generateDigest('super:guess')),
    ])
  })

  t.test('the super digest is held against the configured hash', async t => {
    const superDigest = generateDigest('root:pw', 'SHA-256')
    const proved = (algorithm: string) =>
      digestAuthenticator({ algorithm, superDigest }).authenticate(utf8('root:pw'), connection())
    t.match(proved('SHA-256'), [identity('super', ''), { scheme: 'digest' }])
    t.match(proved('SHA1'), [{ scheme: 'digest' }])
    t.equal(proved('SHA1')?.length, 1)
  })
})

t.test('x509', async t => {
  const certificate = { subject: 'CN=bob,O=Example', issuer: 'CN=ca' }
  const x509 = x509Authenticator({ superUser: 'CN=root' })

  t.test('accepts the ACL ids that Java reads as names', async t => {
    for (const [id, valid] of verdicts.distinguishedNames) t.equal(x509.isValid(id), valid, JSON.stringify(id))
  })

  t.test('refuses damaged hexadecimal and quoted values', async t => {
    for (const id of ['CN=#0401ff ', 'CN=#048101ff', 'CN=#0480ff', 'CN=#0485010101010100', 'CN="\\ "', 'CN="a" b']) {
      t.equal(x509.isValid(id), false, id)
    }
    t.equal(x509.isValid(`CN=#048180${'00'.repeat(128)}`), true)
    t.equal(x509.isValid(`CN=#048180${'00'.repeat(127)}`), false)
  })

  t.test('a connection is its certificate’s subject, or nobody', async t => {
    t.strictSame(x509.identify?.(connection('127.0.0.1', certificate)), [identity('x509', 'CN=bob,O=Example')])
    t.strictSame(x509.identify?.(connection()), [])
  })

  t.test('an auth packet needs a certificate and looks at nothing else', async t => {
    t.strictSame(x509.authenticate(null, connection('127.0.0.1', certificate)), [identity('x509', 'CN=bob,O=Example')])
    t.equal(x509.authenticate(utf8('CN=bob'), connection()), null)
  })

  t.test('the super user is super and satisfies every x509 entry', async t => {
    const root = connection('127.0.0.1', { subject: 'CN=root', issuer: 'CN=ca' })
    t.strictSame(x509.identify?.(root), [identity('super', 'CN=root'), identity('x509', 'CN=root')])
    t.equal(x509.matches('CN=root', 'CN=bob'), true)
    t.equal(x509.matches('CN=bob', 'CN=root'), false)
    t.equal(x509Authenticator().matches('CN=root', 'CN=bob'), false)
  })
})

t.test('sasl', async t => {
  const sasl = saslAuthenticator()

  t.test('accepts the ACL ids that Apache accepts', async t => {
    for (const [id, valid] of verdicts.saslIds) t.equal(sasl.isValid(id), valid, JSON.stringify(id))
  })

  t.test('matches the same name, and anything for the user super', async t => {
    t.equal(sasl.matches('bob', 'bob'), true)
    t.equal(sasl.matches('bob', 'alice'), false)
    t.equal(sasl.matches('super', 'alice'), true)
    t.equal(sasl.matches('bob', 'super'), false)
  })

  t.test('one ACL id may be open to every SASL user', async t => {
    const open = saslAuthenticator({ anyUserId: 'everybody' })
    t.equal(open.matches('bob', 'everybody'), true)
    t.equal(open.matches('bob', 'alice'), false)
    t.equal(sasl.matches('bob', 'everybody'), false)
  })

  t.test('cannot be carried by an auth packet', async t => t.equal(sasl.authenticate(utf8('bob'), connection()), null))
})

t.test('ensemble', async t => {
  const ask = (names: string[] | undefined, credential: Uint8Array | null) =>
    ensembleAuthenticator(names).authenticate(credential, connection())

  t.test('lets in who names the ensemble, or none', async t => {
    t.strictSame(ask(['prod', ' test '], utf8('prod')), [])
    t.strictSame(ask(['prod', ' test '], utf8('test')), [])
    t.strictSame(ask(['prod'], utf8('')), [])
    t.strictSame(ask(['prod'], null), [])
  })

  t.test('drops who names another one, and nobody while it has no name', async t => {
    t.equal(ask(['prod'], utf8('dev')), 'drop')
    t.equal(ask(['prod'], utf8('prod ')), 'drop')
    t.strictSame(ask(undefined, utf8('dev')), [])
  })

  t.test('serves no ACL', async t => {
    const ensemble = ensembleAuthenticator(['prod'])
    t.equal(ensemble.isValid('prod'), false)
    t.equal(ensemble.matches('prod', 'prod'), false)
    t.equal(ensemble.isAuthenticated, false)
  })
})
