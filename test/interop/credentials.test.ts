/** What a server's certificate file may be: under a password, and replaced while the server runs. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { connect } from '@menagerie/client'
import t from 'tap'
import { type Certificates, makeCertificates } from '../support/certificates.js'
import { freePort } from '../support/ports.js'
import type { StartOptions } from '../support/server-under-test.js'
import { startTarget } from '../support/target.js'
import { needs } from '../support/tools.js'

t.setTimeout(120_000)

async function startSecure(keyStore: string, trusted: string, config: StartOptions['config'] = {}) {
  const port = await freePort()
  const server = await startTarget({
    config: {
      secureClientPort: port,
      secureClientPortAddress: '127.0.0.1',
      serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
      'ssl.keyStore.location': keyStore,
      'ssl.trustStore.location': trusted,
      'ssl.clientAuth': 'none',
      ...config,
    },
  })
  return { port, address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** The name in the certificate that a new connection is shown. */
function nameShown(port: number, { trusted }: Certificates): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(trusted) }, () => {
      const { CN } = socket.getPeerCertificate().subject
      socket.destroy()
      resolve(String(CN))
    })
    socket.on('error', reject)
  })
}

t.test('a key under a password is read with ssl.keyStore.password', needs('openssl'), async t => {
  using certificates = await makeCertificates('server')
  const keyStore = await certificates.encrypted('server', 'open sesame')
  t.match(readFileSync(keyStore, 'utf8'), /ENCRYPTED PRIVATE KEY/)
  const config = { 'ssl.keyStore.password': 'open sesame' }
  await using server = await startSecure(keyStore, certificates.trusted, config)
  const client = await connect(server.address, { tls: { ca: readFileSync(certificates.trusted) } })
  t.equal(await client.create('/a', new TextEncoder().encode('x')), '/a')
  await client.close()
})

t.test('a wrong password for the key ends the start with one sentence', needs('openssl'), async t => {
  using certificates = await makeCertificates('server')
  const keyStore = await certificates.encrypted('server', 'open sesame')
  const start = startSecure(keyStore, certificates.trusted, { 'ssl.keyStore.password': 'open barley' })
  const error = await start.then(
    () => t.fail('it started'),
    (error: Error) => error,
  )
  t.match((error as Error).message, /ended at its start/)
  t.match((error as Error).message, keyStore)
  t.notMatch((error as Error).message, /\n {4}at /, 'no stack trace')
  t.notMatch((error as Error).message, /barley/, 'no password')
})

t.test('client.certReload: new connections see the new certificate, sessions go on', needs('openssl'), async t => {
  using certificates = await makeCertificates('server', 'successor')
  const keyStore = certificates.store('server')
  await using server = await startSecure(keyStore, certificates.trusted, { 'client.certReload': true })
  const client = await connect(server.address, { tls: { ca: readFileSync(certificates.trusted) }, reconnect: false })
  t.equal(await nameShown(server.port, certificates), 'server')

  // Half a file is no reason to stop serving with what there is.
  writeFileSync(keyStore, readFileSync(certificates.store('successor'), 'utf8').slice(0, 100))
  t.equal(await nameShown(server.port, certificates), 'server')

  const fresh = `${keyStore}.new`
  writeFileSync(fresh, readFileSync(certificates.store('successor')))
  renameSync(fresh, keyStore)
  while ((await nameShown(server.port, certificates)) !== 'successor') await delay(100)
  t.equal(await client.create('/a', new TextEncoder().encode('x')), '/a', 'a session from before')
  await client.close()
})
