import { readFileSync } from 'node:fs'
import { connect } from '@menagerie/client'
import t from 'tap'
import { type Certificates, javaTls, makeCertificates } from '../support/certificates.js'
import { runChild } from '../support/child.js'
import { compileJava, program } from '../support/java.js'
import { freePort } from '../support/ports.js'
import { startTarget } from '../support/target.js'
import { needs } from '../support/tools.js'
import { endedWell, linesOf } from '../support/verdict.js'

t.setTimeout(300_000)

/** A server with TLS beside its plain port, and stores in PEM form, as its users write it into a zoo.cfg. */
async function startSecure(certificates: Certificates, clientAuth: 'need' | 'want' | 'none') {
  const port = await freePort()
  const server = await startTarget({
    config: {
      secureClientPort: port,
      secureClientPortAddress: '127.0.0.1',
      serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
      'ssl.keyStore.location': certificates.store('server'),
      'ssl.trustStore.location': certificates.trusted,
      'ssl.clientAuth': clientAuth,
    },
  })
  return { secure: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

t.test('clients over TLS are who their certificates say', needs('java', 'javac', 'openssl'), async t => {
  using certificates = await makeCertificates('server', 'alice', 'bob')
  using java = await compileJava('JavaSession.java')
  await using server = await startSecure(certificates, 'want')
  const session = async (store: string | undefined, steps: string[], lines: string[], name: string) => {
    const result = await java.run([server.secure, ...steps], javaTls(certificates, store))
    t.same(linesOf(result), lines, name)
  }
  const alice = certificates.store('alice')

  await session(
    alice,
    [
      'create /open one',
      'get /open',
      'set /open two',
      'create /hers secret x509 CN=alice,O=Menagerie',
      'get /hers',
      'whoami',
    ],
    ['SyncConnected', '/open', 'one', 'version 1', '/hers', 'secret', 'I am ip=127.0.0.1 x509=CN=alice,O=Menagerie'],
    'a client with its certificate in a PEM store',
  )
  await session(
    await certificates.pkcs12('bob'),
    ['get /open', 'get /hers', 'create /mine x auth -', 'whoami'],
    ['SyncConnected', 'two', 'NOAUTH', '/mine', 'I am ip=127.0.0.1 x509=CN=bob,O=Menagerie'],
    'another, with a PKCS12 store',
  )
  await session(alice, ['get /mine'], ['SyncConnected', 'NOAUTH'], 'what the other made with the scheme auth is his')
  await session(
    undefined,
    ['get /open', 'get /hers', 'create /none x auth -', 'whoami'],
    ['SyncConnected', 'two', 'NOAUTH', 'INVALIDACL', 'I am ip=127.0.0.1'],
    'a client without a certificate',
  )

  const tls = tlsOf(certificates, 'alice')
  const typescript = await connect(server.secure, { tls })
  const { data } = await typescript.getData('/hers')
  t.equal(new TextDecoder().decode(data ?? undefined), 'secret', 'the TypeScript client with the certificate')
  const users = (await typescript.whoAmI()).map(({ authScheme, user }) => `${authScheme}=${user}`)
  t.same(users.sort(), ['ip=127.0.0.1', 'x509=CN=alice,O=Menagerie'])
  await typescript.close()
  const stranger = await connect(server.secure, { tls: { ca: tls.ca } })
  await t.rejects(stranger.getData('/hers'), { name: 'NoAuthError' }, 'the TypeScript client without one')
  await stranger.close()
  await t.rejects(connect(server.secure, { reconnect: false }), 'the TypeScript client without TLS')
})

t.test('ssl.clientAuth=need turns away who has no certificate', needs('java', 'javac', 'openssl'), async t => {
  using certificates = await makeCertificates('server', 'alice')
  using java = await compileJava('JavaSession.java')
  await using server = await startSecure(certificates, 'need')
  const result = await java.run([server.secure, 'whoami'], javaTls(certificates, certificates.store('alice')))
  t.same(linesOf(result), ['SyncConnected', 'I am ip=127.0.0.1 x509=CN=alice,O=Menagerie'])
  // Apache's Java client says nothing to its user until it has had a session, so that there is nothing to hold it to.
  await t.rejects(connect(server.secure, { tls: { ca: tlsOf(certificates, 'alice').ca }, reconnect: false }), 'none')
  using strangers = await makeCertificates('alice')
  const { cert, key } = tlsOf(strangers, 'alice')
  const { ca } = tlsOf(certificates, 'alice')
  await t.rejects(connect(server.secure, { tls: { ca, cert, key }, reconnect: false }), 'of another authority')
})

t.test('ssl.clientAuth=none asks nobody for a certificate', needs('java', 'javac', 'openssl'), async t => {
  using certificates = await makeCertificates('server', 'alice')
  using java = await compileJava('JavaSession.java')
  await using server = await startSecure(certificates, 'none')
  for (const store of [certificates.store('alice'), undefined]) {
    const result = await java.run([server.secure, 'whoami'], javaTls(certificates, store))
    t.same(linesOf(result), ['SyncConnected', 'I am ip=127.0.0.1'])
  }
})

t.test(
  'one port for TLS and plain clients, a PKCS12 store, and a super user',
  needs('java', 'javac', 'openssl'),
  async t => {
    using certificates = await makeCertificates('server', 'alice', 'root')
    using java = await compileJava('JavaSession.java')
    await using server = await startTarget({
      config: {
        'client.portUnification': true,
        serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
        'authProvider.x509': 'org.apache.zookeeper.server.auth.X509AuthenticationProvider',
        'X509AuthenticationProvider.superUser': 'CN=root,O=Menagerie',
        'ssl.keyStore.location': await certificates.pkcs12('server'),
        'ssl.keyStore.password': 'password',
        'ssl.trustStore.location': certificates.trusted,
      },
    })
    const session = async (steps: string[], flags: string[]) =>
      linesOf(await java.run([server.address, ...steps], flags))
    t.same(await session(['create /hers secret auth -'], javaTls(certificates, certificates.store('alice'))), [
      'SyncConnected',
      '/hers',
    ])
    t.same(
      await session(['get /hers', 'whoami'], []),
      ['SyncConnected', 'NOAUTH', 'I am ip=127.0.0.1'],
      'a plain client',
    )
    t.same(
      await session(['get /hers'], javaTls(certificates, certificates.store('root'))),
      ['SyncConnected', 'secret'],
      'the super user',
    )
  },
)

t.test('kazoo works over TLS', needs('kazoo (Debian: python3-kazoo)', 'openssl'), async t => {
  using certificates = await makeCertificates('server', 'alice', 'bob')
  await using server = await startSecure(certificates, 'need')
  const files = ['alice', 'bob'].flatMap(name => Object.values(certificates.pair(name)))
  const args = [program('kazoo_tls.py'), server.secure, certificates.trusted, ...files]
  const result = await runChild('/usr/bin/python3', args)
  endedWell(t, result, 'no surprise')
  t.match(result.stdout, /all is well/)
})

function tlsOf(certificates: Certificates, name: string) {
  const { certificate, key } = certificates.pair(name)
  return { ca: readFileSync(certificates.trusted), cert: readFileSync(certificate), key: readFileSync(key) }
}
