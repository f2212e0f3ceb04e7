import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { JAVA_FLAGS } from '../support/apache.js'
import { javaTls, makeCertificates } from '../support/certificates.js'
import { runChild, startChild } from '../support/child.js'
import { compileJava, type JavaProgram, program } from '../support/java.js'
import { freePort } from '../support/ports.js'
import type { StartOptions } from '../support/server-under-test.js'
import { startTarget } from '../support/target.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { needs } from '../support/tools.js'
import { endedWell, linesOf } from '../support/verdict.js'

t.setTimeout(300_000)
const SASL_PROVIDER = 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider'
const LOGIN_MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule'

const folder = tempDir('jaas')
t.teardown(() => removeDir(folder))

/** A JAAS file with one section. */
function jaas(section: string, options: Record<string, string>): string {
  const file = join(folder, `${section}-${Object.values(options).join('-')}.conf`)
  const lines = Object.entries(options).map(([name, value]) => `    ${name}="${value}"`)
  writeFileSync(file, `${section} {\n  ${LOGIN_MODULE} required\n${lines.join('\n')};\n};\n`)
  return file
}

/** A server with the SASL users bob, eve and super, whose password is their name and `-secret`. */
function startWithSasl(config: StartOptions['config'] = {}) {
  const users = jaas('Server', { user_super: 'super-secret', user_bob: 'bob-secret', user_eve: 'eve-secret' })
  return startTarget({
    config: { 'authProvider.sasl': SASL_PROVIDER, 'java.security.auth.login.config': users, ...config },
  })
}

/** Plays steps with the Java client, as the SASL user `name` if one is given. */
async function play(
  java: JavaProgram,
  address: string,
  steps: readonly string[],
  name?: string,
  password?: string,
  more: readonly string[] = [],
) {
  const login = name && jaas('Client', { username: name, password: password ?? `${name}-secret` })
  const flags = login === undefined ? [] : [`-Djava.security.auth.login.config=${login}`]
  return linesOf(await java.run([address, ...steps], [...flags, ...more]))
}

t.test('SASL users of a JAAS file are who they say', needs('java', 'javac'), async t => {
  using java = await compileJava('JavaSession.java')
  await using server = await startWithSasl()
  t.same(
    await play(java, server.address, ['whoami', 'create /bobs secret sasl bob', 'get /bobs'], 'bob'),
    ['SyncConnected', 'I am ip=127.0.0.1 sasl=bob', '/bobs', 'secret'],
    'bob makes a znode for himself',
  )
  t.same(
    await play(java, server.address, ['get /bobs', 'set /bobs x', 'create /eves x auth -'], 'eve'),
    ['SyncConnected', 'NOAUTH', 'NOAUTH', '/eves'],
    'eve is refused',
  )
  t.same(
    await play(java, server.address, ['get /eves'], 'bob'),
    ['SyncConnected', 'NOAUTH'],
    'what eve made with the scheme auth is hers',
  )
  t.same(
    await play(java, server.address, ['get /bobs', 'set /eves y'], 'super'),
    ['SyncConnected', 'secret', 'version 1'],
    'the user super may do everything',
  )
  t.same(
    await play(java, server.address, ['await AuthFailed', 'get /bobs'], 'bob', 'wrong'),
    ['SyncConnected', 'AuthFailed', 'AUTHFAILED'],
    'a wrong password ends the session',
  )
  t.same(
    await play(java, server.address, ['await AuthFailed', 'get /bobs'], 'nobody'),
    ['SyncConnected', 'AuthFailed', 'AUTHFAILED'],
    'an unknown user too',
  )
  t.same(
    await play(java, server.address, ['whoami', 'get /bobs']),
    ['SyncConnected', 'I am ip=127.0.0.1', 'NOAUTH'],
    'a client without SASL is served as anybody',
  )
})

t.test('sessionRequireClientSASLAuth refuses who comes without SASL', needs('java', 'javac'), async t => {
  using java = await compileJava('JavaSession.java')
  await using server = await startWithSasl({ sessionRequireClientSASLAuth: true })
  t.same(await play(java, server.address, ['create /a x', 'get /a'], 'bob'), ['SyncConnected', '/a', 'x'])
  t.same(await play(java, server.address, ['get /a']), ['SyncConnected', 'SESSIONCLOSEDREQUIRESASLAUTH'])
  const [state, result] = await play(java, server.address, ['get /a'], 'bob', 'wrong')
  t.not(result, 'x', `a wrong password reads nothing (${state})`)
})

t.test('allowSaslFailedClients lets the client decide about a wrong password', needs('java', 'javac'), async t => {
  using java = await compileJava('JavaSession.java')
  await using server = await startWithSasl({ allowSaslFailedClients: true })
  t.same(
    await play(java, server.address, ['await AuthFailed', 'get /'], 'bob', 'wrong'),
    ['SyncConnected', 'AuthFailed', 'AUTHFAILED'],
    "Apache's wants proof of the server, and gives up without",
  )
})

t.test('SASL over TLS: both identities count', needs('java', 'javac', 'openssl'), async t => {
  using certificates = await makeCertificates('server', 'alice')
  using java = await compileJava('JavaSession.java')
  const port = await freePort()
  await using server = await startWithSasl({
    secureClientPort: port,
    secureClientPortAddress: '127.0.0.1',
    serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    'ssl.keyStore.location': certificates.store('server'),
    'ssl.trustStore.location': certificates.trusted,
    'ssl.clientAuth': 'want',
  })
  const secure = `127.0.0.1:${port}`
  const trusting = javaTls(certificates)
  const steps = ['whoami', 'create /bobs secret sasl bob', 'get /bobs']
  t.same(
    await play(java, secure, steps, 'bob', 'bob-secret', trusting),
    ['SyncConnected', 'I am ip=127.0.0.1 sasl=bob', '/bobs', 'secret'],
    'bob without a certificate',
  )
  t.same(
    await play(
      java,
      secure,
      ['whoami', 'get /bobs'],
      'bob',
      'bob-secret',
      javaTls(certificates, certificates.store('alice')),
    ),
    ['SyncConnected', 'I am ip=127.0.0.1 sasl=bob x509=CN=alice,O=Menagerie', 'secret'],
    'bob with the certificate of alice',
  )
  t.same(
    await play(java, secure, ['await AuthFailed', 'get /bobs'], 'bob', 'wrong', trusting),
    ['SyncConnected', 'AuthFailed', 'AUTHFAILED'],
    'a wrong password',
  )
  t.same(await play(java, secure, ['get /bobs'], undefined, undefined, trusting), ['SyncConnected', 'NOAUTH'], 'nobody')
  t.same(
    await play(java, server.address, ['get /bobs'], 'bob'),
    ['SyncConnected', 'secret'],
    'the plain port beside it',
  )
})

t.test(
  'kazoo authenticates by SASL',
  needs('kazoo (Debian: python3-kazoo)', 'SASL for kazoo (Debian: python3-pure-sasl)'),
  async t => {
    await using server = await startWithSasl()
    const result = await runChild('/usr/bin/python3', [program('kazoo_sasl.py'), server.address])
    endedWell(t, result, 'no surprise')
    t.match(result.stdout, /all is well/)
  },
)

t.test('enforce.auth.enabled with digest serves who has authenticated', needs('java', 'javac'), async t => {
  using java = await compileJava('JavaSession.java')
  await using server = await startTarget({
    config: { 'enforce.auth.enabled': true, 'enforce.auth.schemes': 'digest' },
  })
  t.same(await play(java, server.address, ['addauth digest bob:secret', 'create /a x auth -', 'get /a']), [
    'SyncConnected',
    'added',
    '/a',
    'x',
  ])
  t.same(await play(java, server.address, ['get /a']), ['SyncConnected', 'SESSIONCLOSEDREQUIRESASLAUTH'])
})

t.test('superDigest opens what is closed to all others', needs('java', 'javac'), async t => {
  using java = await compileJava('JavaSession.java')
  await using server = await startTarget()
  const steps = [
    'addauth digest bob:secret',
    'create /closed x digest nobody:AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    'get /closed',
  ]
  t.same(await play(java, server.address, steps), ['SyncConnected', 'added', '/closed', 'NOAUTH'])
  t.same(
    await play(java, server.address, ['addauth digest super:test', 'get /closed', 'set /closed y', 'get /closed']),
    ['SyncConnected', 'added', 'x', 'version 1', 'y'],
  )
  t.same(
    await play(java, server.address, ['addauth digest super:wrong', 'get /closed']),
    ['SyncConnected', 'added', 'NOAUTH'],
    'a wrong password makes nobody super',
  )
})

t.test(
  'zkCli.sh is refused without addauth, and served with it',
  needs('java', 'zkCli.sh (Debian: zookeeper)'),
  async t => {
    await using server = await startTarget({
      config: { 'enforce.auth.enabled': true, 'enforce.auth.schemes': 'digest' },
    })
    const start = () =>
      startChild('/usr/share/zookeeper/bin/zkCli.sh', ['-server', server.address], {
        cwd: folder,
        env: { ...process.env, JVMFLAGS: JAVA_FLAGS.join(' ') },
      })
    const [shell, other] = [start(), start()]
    t.teardown(() => Promise.all([shell.end('SIGKILL'), other.end('SIGKILL')]))
    await shell.until(/SyncConnected/)
    shell.process.stdin?.write('addauth digest bob:secret\ncreate /a data\n')
    await shell.until(/^Created \/a$/m)
    shell.process.stdin?.write('get /a\n')
    await shell.until(/^data$/m)
    await other.until(/SyncConnected/)
    other.process.stdin?.write('get /a\n')
    await other.until(/SessionClosedRequireSaslAuth|Session closed because client failed to authenticate/i)
    t.notMatch(other.output, /^data$/m)
  },
)
