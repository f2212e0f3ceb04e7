import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import t from 'tap'
import { jsonText } from '../dist/admin/json-text.js'
import { raw, watchedServer } from './support/bench.js'

t.test('an unknown command is an error in JSON with status 200, as with Apache', async t => {
  const { admin } = await watchedServer(t)
  for (const name of ['nope', 'RUOK', 'a/b', 'toString', '__proto__']) {
    const response = await fetch(`${admin}/commands/${name}`)
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'application/json')
    t.equal(await response.text(), jsonText({ command: name, error: `Unknown command: ${name}` }))
  }
})

t.test('HEAD is answered as GET without the body', async t => {
  const { admin } = await watchedServer(t)
  const response = await fetch(`${admin}/commands/ruok`, { method: 'HEAD' })
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-length'), '42')
  t.equal(await response.text(), '')
})

t.test('other methods are refused, with what is allowed', async t => {
  const { admin } = await watchedServer(t)
  const post = await fetch(`${admin}/commands/stats`, { method: 'POST', body: 'x'.repeat(100_000) })
  t.match([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
  t.match(await post.json(), { command: 'stats', error: 'POST is not supported by this command, GET, HEAD is' })
  const get = await fetch(`${admin}/commands/restore`)
  t.match([get.status, get.headers.get('allow')], [405, 'POST'])
  for (const method of ['PUT', 'DELETE', 'PATCH'])
    t.equal((await fetch(`${admin}/commands/stats`, { method })).status, 405, method)
  t.match(
    await raw(Number(new URL(admin).port), 'TRACE /commands/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1.1 405 /,
  )
  const options = await fetch(`${admin}/commands/stats`, { method: 'OPTIONS' })
  t.match([options.status, options.headers.get('allow')], [200, 'GET, HEAD, POST, OPTIONS'])
})

t.test('what is not below the commands is not there', async t => {
  const { admin } = await watchedServer(t)
  for (const path of ['/', '/metrics', '/commandsx', '/favicon.ico']) {
    const response = await fetch(admin + path)
    t.equal(response.status, 404, path)
    t.match(await response.json(), { error: 'There is nothing here; the commands are at /commands' })
  }
})

t.test('what is no request, no URL or far too long is refused, and the next one is served', async t => {
  const { adminPort, ask } = await watchedServer(t)
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  t.match(await raw(adminPort, get(`/commands/ruok?${'a'.repeat(100_000)}`)), /^HTTP\/1.1 431 /)
  t.match(await raw(adminPort, get('/commands/%zz')), /^HTTP\/1.1 400 /)
  t.match(await raw(adminPort, 'GARBAGE\r\n\r\n'), /^HTTP\/1.1 400 /)
  t.match(await raw(adminPort, '\u0000\u0000\u0000\u002d'), /^HTTP\/1.1 400 /)
  t.match(await raw(adminPort, 'GET /commands/ruok HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 400 /, 'without a host')
  t.match(await ask('ruok'), { command: 'ruok', error: null })
})

t.test('a client that says nothing, or only half of something, is let go', async t => {
  const { adminPort, ask } = await watchedServer(t, { http: { admin: { idleTimeoutMs: 50 } } })
  const silent = connect(adminPort, '127.0.0.1')
  const halfway = connect(adminPort, '127.0.0.1')
  halfway.write('GET /commands/ruok HTT')
  await Promise.all([silent, halfway].map(socket => once(socket.resume(), 'close')))
  t.match(await ask('ruok'), { error: null })
})

t.test('half-open connections beyond what is taken do not keep others from the clients', async t => {
  const { adminPort, connect: connectClient } = await watchedServer(t)
  const sockets = Array.from({ length: 250 }, () => connect(adminPort, '127.0.0.1').on('error', () => {}))
  const closed = sockets.map(socket => once(socket.resume(), 'close'))
  await Promise.any(closed)
  t.ok(
    sockets.some(socket => socket.closed),
    'those above the limit are closed',
  )
  const client = await connectClient()
  t.equal(await client.create('/served'), '/served')
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
})

t.test('closing the server ends requests that are under way and frees the port', async t => {
  const { adminPort, server } = await watchedServer(t)
  const socket = connect(adminPort, '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket.resume(), 'close')
  await server.close()
  await closed
  const probe = createServer().listen(adminPort, '127.0.0.1')
  await once(probe, 'listening')
  probe.close()
})

t.test('a port that is in use is one warning, and the server serves', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const { connect: connectClient, warnings } = await watchedServer(t, {
    http: { admin: { port }, prometheus: { port } },
  })
  t.strictSame(warnings(), [
    `the AdminServer does not answer, and the server goes on: port ${port} on 127.0.0.1 is in use by another program; set admin.serverPort to another port, or admin.enableServer=false to do without`,
    `the metrics endpoint does not answer, and the server goes on: port ${port} on 127.0.0.1 is in use by another program; set metricsProvider.httpPort to another port, or the default metricsProvider.className to do without`,
  ])
  const client = await connectClient()
  t.equal(await client.create('/served'), '/served')
})

t.test('an address that is not of this machine is a warning too', async t => {
  const { warnings } = await watchedServer(t, {
    http: { admin: { host: '192.0.2.1' }, prometheus: { enabled: false } },
  })
  t.match(warnings(), [/this machine has no address 192\.0\.2\.1/])
})

t.test('options that make no sense are refused with the option', async t => {
  const start = (admin: object) => watchedServer(t, { http: { admin } })
  await t.rejects(start({ commandUrl: 'commands' }), {
    code: 'PLUGIN_INVALID',
    message: /admin\.commandUrl: expected a path such as \/commands/,
  })
  await t.rejects(start({ forceHttps: true }), { code: 'PLUGIN_INVALID', message: /admin\.tls: tls is missing/ })
  await t.rejects(start({ port: 70_000 }), { code: 'PLUGIN_INVALID', message: /admin\.port/ })
  await t.rejects(start({ prot: 1 }), { code: 'PLUGIN_INVALID', message: /prot/ })
})
