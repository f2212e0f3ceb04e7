import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { raw, watchedServer } from './support/bench.js'

const folder = mkdtempSync(join(tmpdir(), 'menagerie-admin-tls-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** A certificate that is its own authority, with its key. */
function selfSigned(name: string): string {
  const [key, crt, pem] = ['key', 'crt', 'pem'].map(ending => join(folder, `${name}.${ending}`))
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2']
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', crt], { stdio: 'ignore' })
  writeFileSync(pem, readFileSync(key, 'utf8') + readFileSync(crt, 'utf8'))
  return pem
}

const server = selfSigned('server')
const client = selfSigned('client')
const stranger = selfSigned('stranger')
const tls = { keyStore: { location: server } }

async function getHttps(port: number, options: RequestOptions = {}) {
  const request = get({
    host: '127.0.0.1',
    port,
    path: '/commands/ruok',
    ca: readFileSync(server),
    agent: false,
    ...options,
  })
  const [response] = await once(request, 'response')
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

const plainRequest = 'GET /commands/ruok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

t.test('with forceHttps only HTTPS is spoken', async t => {
  const { adminPort } = await watchedServer(t, { http: { admin: { forceHttps: true, tls } } })
  const { status, headers, body } = await getHttps(adminPort)
  t.equal(status, 200)
  t.match(body, '"command" : "ruok"')
  t.equal(headers['strict-transport-security'], 'max-age=86400; includeSubDomains')
  t.notMatch(await raw(adminPort, plainRequest), 'ruok')
})

t.test('with portUnification both are spoken on one port', async t => {
  const { adminPort, server: running } = await watchedServer(t, {
    http: { admin: { portUnification: true, tls, idleTimeoutMs: 200 } },
  })
  t.match(await getHttps(adminPort), { status: 200 })
  const plain = await raw(adminPort, plainRequest)
  t.match(plain, /^HTTP\/1\.1 200 [\s\S]*"command" : "ruok"/)
  t.notMatch(plain, /strict-transport-security/i)
  t.match(await raw(adminPort, plainRequest.slice(0, 1)), '', 'one that stops after its first byte is let go')
  const silent = connect(adminPort, '127.0.0.1')
  await once(silent.resume(), 'close')
  await running.close()
})

t.test('a request that comes in pieces is served on a port for both', async t => {
  const { adminPort } = await watchedServer(t, { http: { admin: { portUnification: true, tls } } })
  const socket = connect(adminPort, '127.0.0.1')
  for (const piece of [plainRequest.slice(0, 1), plainRequest.slice(1, 9), plainRequest.slice(9)]) {
    await new Promise<void>(resolve => socket.write(piece, () => resolve()))
    await new Promise(resolve => setImmediate(resolve))
  }
  t.match(await text(socket), /"command" : "ruok"/)
})

t.test('with needClientAuth a certificate has to be shown that is trusted', async t => {
  const trusting = { ...tls, trustStore: { location: client } }
  const { adminPort } = await watchedServer(t, {
    http: { admin: { forceHttps: true, needClientAuth: true, tls: trusting } },
  })
  const as = (file: string) => ({ cert: readFileSync(file), key: readFileSync(file) })
  t.match(await getHttps(adminPort, as(client)), { status: 200 })
  await t.rejects(getHttps(adminPort))
  await t.rejects(getHttps(adminPort, as(stranger)))
})

t.test('keys that cannot be used are one warning that names the file', async t => {
  const broken = { keyStore: { location: join(folder, 'nowhere.pem') } }
  const { warnings } = await watchedServer(t, { http: { admin: { forceHttps: true, tls: broken } } })
  t.match(warnings(), [/the AdminServer does not answer, and the server goes on: .*nowhere\.pem/])
})
