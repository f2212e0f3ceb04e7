/** Who may use NATS, and what is said where it goes wrong. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { noAddresses } from '@menagerie/core/contract'
import { natsTransportOptions } from '@menagerie/transport-nats'
import { nkeys } from 'nats'
import t, { type Test } from 'tap'
import { certificates } from './support/certificates.js'
import { linked, opened, packet, transport } from './support/ensemble.js'
import { fileOf, freePort, type NatsServer, startNats } from './support/nats-server.js'
import { credentials, operatorConfig } from './support/operator.js'

/** Two servers with these options open a link and carry a packet over it. */
async function meet(t: Test, options: object): Promise<void> {
  const one = await opened(1, options)
  const two = await opened(2, options)
  const [learner, leader] = await linked(one, two, 2)
  const arriving = new Promise(resolve => leader.packets$.subscribe(resolve))
  learner.send(packet(5))
  t.same(await arriving, packet(5))
  await Promise.all([one.close(), two.close()])
}

async function refused(t: Test, options: object, message: RegExp): Promise<void> {
  const one = transport({ waitForNats: false, ...options })
  await t.rejects(one.open(1, noAddresses), { code: 'LISTEN_FAILED', message })
  await one.close()
}

async function running(t: Test, config = ''): Promise<NatsServer> {
  const nats = await startNats(config)
  t.teardown(() => nats.kill())
  return nats
}

t.test('user and password', async t => {
  const { url } = await running(t, 'authorization { user: menagerie, password: "s3cret word" }')
  await meet(t, { servers: url, user: 'menagerie', password: 's3cret word' })
  await refused(t, { servers: url, user: 'menagerie', password: 'wrong' }, /refused the credentials; correct/)
  await refused(t, { servers: url }, /refused the credentials/)
})

t.test('a token', async t => {
  const { url } = await running(t, 'authorization { token: abcdef }')
  await meet(t, { servers: url, token: 'abcdef' })
  await refused(t, { servers: url, token: 'other' }, /refused the credentials/)
})

t.test('an nkey in a file', async t => {
  const user = nkeys.createUser()
  const { url } = await running(t, `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`)
  const seed = Buffer.from(user.getSeed()).toString()
  await meet(t, { servers: url, nkeyFile: await fileOf(`${seed}\n`) })
  const other = Buffer.from(nkeys.createUser().getSeed()).toString()
  await refused(t, { servers: url, nkeyFile: await fileOf(other) }, /refused the credentials/)
  await refused(t, { servers: url, nkeyFile: await fileOf('no seed') }, /does not hold credentials for NATS/)
  await refused(t, { servers: url, nkeyFile: '/nowhere/seed' }, /\/nowhere\/seed.*cannot be read/)
})

t.test('credentials in a file of JWT and seed', async t => {
  const operator = operatorConfig()
  const { url } = await running(t, operator.config)
  await meet(t, { servers: url, credentialsFile: await fileOf(credentials(operator)) })
  await refused(t, { servers: url, credentialsFile: await fileOf('no credentials') }, /does not hold credentials/)
})

t.test('TLS, with a certificate on both sides', async t => {
  const { caFile, certFile, keyFile, otherCaFile } = await certificates()
  const { port } = await running(
    t,
    `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${caFile}", verify: true }`,
  )
  const servers = `tls://localhost:${port}`
  await meet(t, { servers, tls: { caFile, certFile, keyFile } })
  await refused(t, { servers, tls: { caFile: otherCaFile, certFile, keyFile } }, /TLS with the NATS server.*failed/)
  await refused(t, { servers, connectTimeoutMs: 500, tls: { caFile } }, /tls.certFile|certFile and keyFile/)
})

t.test('a user without the permissions that are needed', async t => {
  const { url } = await running(
    t,
    `authorization { users: [
      { user: full, password: x, permissions: { publish: ["allowed.>"], subscribe: ["allowed.>"] } },
      { user: half, password: x, permissions: { publish: [">"], subscribe: ["other.>"] } } ] }`,
  )
  await meet(t, { servers: url, user: 'full', password: 'x', prefix: 'allowed' })
  await refused(t, { servers: url, user: 'half', password: 'x', prefix: 'allowed' }, /does not permit.*PREFIX\.>/)
})

t.test('a NATS server that cannot be reached', async t => {
  const port = await freePort()
  await refused(t, { servers: `nats://user:secret@127.0.0.1:${port}` }, /no NATS server answers at nats:\/\/127/)
  await refused(t, { servers: 'nats://no-such-host.invalid:4222' }, /no-such-host.invalid:4222 is not known/)
  const resetting = createServer(socket => socket.resetAndDestroy()).listen(port, '127.0.0.1')
  t.teardown(() => resetting.close())
  await once(resetting, 'listening')
  await refused(t, { servers: `nats://127.0.0.1:${port}` }, /broke the connection off.*tls.certFile/)
})

t.test('a server that is stopped: the opening ends in time, with a sentence', async t => {
  const nats = await startNats()
  nats.freeze()
  await refused(t, { servers: nats.url, connectTimeoutMs: 200 }, /answered at .* in time/)
  nats.thaw()
  await nats.kill()
})

t.test('one of several NATS servers is enough', async t => {
  const { url } = await running(t)
  await meet(t, { servers: [`nats://127.0.0.1:${await freePort()}`, url] })
})

t.test('options that contradict each other are named', async t => {
  const wrong: [object, RegExp][] = [
    [{ user: 'a', token: 'b' }, /not several/],
    [{ password: 'a' }, /a password without a user/],
    [{ heartbeatMs: 1000, deadAfterMs: 2000 }, /at least three times heartbeatMs/],
    [{ prefix: 'a..b' }, /words of letters/],
    [{ prefix: 'a.*' }, /words of letters/],
    [{ tls: { certFile: 'x' } }, /go together/],
    [{ server: 'nats://127.0.0.1' }, /server/],
  ]
  for (const [options, message] of wrong) t.throws(() => natsTransportOptions.parse(options), { message })
})
