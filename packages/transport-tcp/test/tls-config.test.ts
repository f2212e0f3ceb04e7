import { readFileSync } from 'node:fs'
import { silentLogger } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { TcpListener, type TcpListenerOptionsInput, tcpListenerOptions } from '@menagerie/transport-tcp'
import t from 'tap'
import { TestAuthority } from './support/certificates.js'

const authority = new TestAuthority()
t.teardown(() => authority.remove())
const { caFile } = authority
const good = authority.issue('/CN=server')
const encrypted = authority.issue('/CN=server', { password: 'secret' })
const certificateOnly = authority.write('chain.pem', readFileSync(caFile, 'utf8'))
const mixed = authority.write(
  'mixed.pem',
  readFileSync(caFile, 'utf8') +
    /-----BEGIN PRIVATE[\s\S]*?-----END PRIVATE KEY-----/.exec(readFileSync(good, 'utf8'))![0],
)
const brokenCertificate = authority.write(
  'broken.pem',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
)
const brokenKey = authority.write(
  'broken-key.pem',
  `${readFileSync(caFile, 'utf8')}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
)
const p12 = authority.file('store.p12')
authority.openssl(['pkcs12', '-export', '-in', good, '-out', p12, '-passout', 'pass:secret'])
const missing = authority.file('missing.pem')
const unnamed = authority.write('store', 'x')

type Tls = NonNullable<TcpListenerOptionsInput['tls']>

async function failureOf(tls: Partial<Tls>): Promise<{ code: string; message: string }> {
  const options = { keyStore: { location: good }, trustStore: { location: caFile }, ...tls }
  const parsed = tcpListenerOptions.parse({ secureListen: [{ port: 0 }], tls: options })
  const listener = new TcpListener(parsed, new ManualClock(), silentLogger)
  const limits = { frameBytesMax: 1000, connectionsMax: 0, connectionsPerAddressMax: 0, firstFrameTimeoutMs: 1000 }
  try {
    await listener.listen(limits, () => {
      throw new Error('nobody connects')
    })
  } catch (error) {
    return error as { code: string; message: string }
  } finally {
    await listener.close()
  }
  throw new Error('it should have failed')
}

const wrong: readonly (readonly [string, Partial<Tls>, RegExp])[] = [
  ['a missing key store', { keyStore: { location: missing } }, /ssl\.keyStore\.location.*missing\.pem does not exist/],
  ['a missing trust store', { trustStore: { location: missing } }, /ssl\.trustStore\.location.*does not exist/],
  ['no trust store', { trustStore: undefined }, /trustStore.*is missing: with clientAuth need.*set clientAuth to none/],
  ['a folder', { keyStore: { location: authority.folder, type: 'PEM' } }, /cannot be read \(EISDIR/],
  ['no key', { keyStore: { location: certificateOnly } }, /chain\.pem holds no private key/],
  ['a key of another certificate', { keyStore: { location: mixed } }, /mixed\.pem does not belong to its first/],
  ['no certificate', { trustStore: { location: unnamed, type: 'PEM' } }, /store holds no certificate in PEM form/],
  ['a broken certificate', { trustStore: { location: brokenCertificate } }, /certificate 1 in .*cannot be read/],
  ['a broken key', { keyStore: { location: brokenKey } }, /the private key in .*broken-key\.pem cannot be read/],
  [
    'an encrypted key without password',
    { keyStore: { location: encrypted } },
    /is encrypted; give.*keyStore\.password/,
  ],
  ['a wrong password', { keyStore: { location: encrypted, password: 'x' } }, /cannot be decrypted with the password/],
  ['a missing password file', { keyStore: { location: good, passwordPath: missing } }, /passwordPath\): .*not exist/],
  ['a wrong PKCS12 password', { keyStore: { location: p12, password: 'x' } }, /store\.p12 cannot be opened as PKCS12/],
  [
    'a trusted certificate without its issuer',
    { trustStore: { location: good } },
    /holds CN=server but not its issuer/,
  ],
  ['a PKCS12 trust store', { trustStore: { location: p12 } }, /PEM files only; convert it: openssl pkcs12 -in/],
  ['a JKS store', { keyStore: { location: '/x/k.jks' } }, /k\.jks is a JKS file.*keytool -importkeystore -srckeystore/],
  ['a BCFKS store', { trustStore: { location: '/x/t.bcfks' } }, /t\.bcfks is a BCFKS file.*-srcstoretype BCFKS/],
  ['a file of unknown kind', { keyStore: { location: unnamed } }, /does not say by its ending/],
  [
    'an unknown cipher suite',
    { cipherSuites: ['TLS_RSA_WITH_NULL_MD5'] },
    /TLS_RSA_WITH_NULL_MD5 \(NULL-MD5 in OpenSSL/,
  ],
  ['an invented cipher suite', { cipherSuites: ['nonsense'] }, /ciphersuites\): nonsense is not a cipher suite/],
  ['a missing revocation list', { crl: [missing] }, /tls\.crl: .*missing\.pem does not exist/],
  ['a revocation list that is none', { crl: [good] }, /holds no revocation list in PEM form/],
]

for (const [what, tls, sentence] of wrong) {
  t.test(`${what} is refused in a sentence`, async t => {
    const { code, message } = await failureOf(tls)
    t.equal(code, 'CONFIG_INVALID')
    t.match(message, sentence)
  })
}

t.test('Java names of usual cipher suites are known', async t => {
  const { opensslCipherSuite } = await import('../dist/tls/cipher-suites.js')
  const pairs = {
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384: 'ECDHE-RSA-AES256-SHA384',
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: 'DHE-RSA-AES256-GCM-SHA384',
    TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
    TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  }
  for (const [java, openssl] of Object.entries(pairs)) t.equal(opensslCipherSuite(java), openssl)
})
