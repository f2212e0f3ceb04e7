import { copyFileSync, readFileSync } from 'node:fs'
import { ManualClock } from '@menagerie/core/contract'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { type TcpPeersOptionsInput, tcpPeersOptions } from '@menagerie/transport-tcp'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { TestAuthority } from '../support/certificates.js'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { framedVote, hello, RawPeer } from './support/raw-peer.js'

const authority = new TestAuthority()
const stranger = new TestAuthority('Another CA')
const good = authority.issue('/CN=peer', { san: 'IP:127.0.0.1' })
const named = authority.issue('/CN=peer', { san: 'DNS:localhost' })
const elsewhere = authority.issue('/CN=peer', { san: 'DNS:elsewhere.example,IP:192.0.2.1' })
t.teardown(() => {
  authority.remove()
  stranger.remove()
})

type TlsInput = NonNullable<TcpPeersOptionsInput['tls']>

/** TLS with this certificate, and with DNS left out of it. */
function secured(keyStore = good, more: Partial<TlsInput> = {}): TcpPeersOptionsInput {
  const tls = {
    keyStore: { location: keyStore },
    trustStore: { location: authority.caFile },
    allowReverseDnsLookup: false,
  }
  return { sslQuorum: true, tls: { ...tls, ...more } }
}

/** Servers 1 and 2 with options of their own. */
async function pair(t: Test, one: TcpPeersOptionsInput, two: TcpPeersOptionsInput, host = '127.0.0.1') {
  const peers = await loopbackPeers([1, 2], host)
  const logs = [new LogLines(), new LogLines()]
  const transports = [one, two].map((options, index) => peerTransport(options, logs[index]))
  t.teardown(() => Promise.all(transports.map(transport => transport.close())))
  await transports[0].open(1, peers)
  await transports[1].open(2, peers)
  return { one: transports[0], two: transports[1], logs, peers }
}

type Pair = Awaited<ReturnType<typeof pair>>

/** Both planes carry something, in the directions in which they are dialed. */
async function exchange({ one, two }: Pair) {
  const votes = Promise.all([firstValueFrom(one.votes$), firstValueFrom(two.votes$)])
  one.sendVote(2, Uint8Array.of(1))
  two.sendVote(1, Uint8Array.of(2))
  await votes
  const opened = firstValueFrom(two.links$)
  const link = await one.connect(2)
  link.send(encodePacket(PacketType.FOLLOWERINFO, 1))
  const packet = await firstValueFrom((await opened).packets$)
  link.close()
  return packet.length
}

t.test('peers that trust each other reach each other on both planes', async t => {
  t.equal(await exchange(await pair(t, secured(), secured())), 20)
})

t.test('a certificate may name the host under which a peer is configured', async t => {
  const one = secured(named, { clientHostnameVerification: false })
  t.equal(await exchange(await pair(t, one, one, 'localhost')), 20)
})

t.test('a peer that is dialed and has a certificate of another name is refused', async t => {
  const trusting = { clientHostnameVerification: false }
  const { one, logs, peers } = await pair(t, secured(good, trusting), secured(elsewhere, trusting))
  await t.rejects(one.connect(2), /server 2 cannot be reached: .*its certificate is refused: .*127\.0\.0\.1/)
  one.sendVote(2, Uint8Array.of(1))
  await logs[0].find(/cannot reach server 2 for votes: .*its certificate is refused/)
  const heedless = peerTransport(secured(good, { ...trusting, hostnameVerification: false }))
  t.teardown(() => heedless.close())
  await heedless.open(3, new Map([...peers, ...(await loopbackPeers([3]))]))
  await heedless.connect(2).then(link => link.close())
})

t.test('a peer that dials and has a certificate of another name is refused', async t => {
  const { two, one, logs } = await pair(t, secured(elsewhere), secured(good, { hostnameVerification: false }))
  const links: unknown[] = []
  two.links$.subscribe(link => links.push(link))
  const link = await one.connect(2).catch(() => undefined)
  link?.send(encodePacket(PacketType.FOLLOWERINFO, 1))
  await logs[1].find(/refused a client certificate/)
  t.equal(links.length, 0)
})

t.test('a peer of another authority is refused, whoever dials', async t => {
  const foreign = stranger.issue('/CN=peer', { san: 'IP:127.0.0.1' })
  const { one, two, logs } = await pair(t, secured(), secured(foreign))
  await t.rejects(one.connect(2), /server 2 cannot be reached: .*/)
  const links: unknown[] = []
  one.links$.subscribe(link => links.push(link))
  const link = await two.connect(1).catch(() => undefined)
  link?.send(encodePacket(PacketType.FOLLOWERINFO, 1))
  await logs[0].find(/a TLS handshake failed/)
  t.equal(links.length, 0)
})

t.test('in the clear nobody gets in where TLS is asked for', async t => {
  const { two, peers, logs } = await pair(t, secured(), secured())
  const [{ electionPort, quorumPort }] = peers.get(2)!
  const seen: unknown[] = []
  two.votes$.subscribe(vote => seen.push(vote))
  two.links$.subscribe(link => seen.push(link))
  for (const [port, bytes] of [
    [electionPort, [hello(3, 1), framedVote(1)]],
    [quorumPort, [encodePacket(PacketType.FOLLOWERINFO, 1)]],
  ] as const) {
    const intruder = await RawPeer.dial(port, ...bytes)
    await intruder.receiveAll()
  }
  await logs[1].find(/a TLS handshake failed/)
  t.same(seen, [])
})

t.test('an ensemble changes over to TLS in three steps, each with the one before', async t => {
  const tls = secured().tls
  const steps: TcpPeersOptionsInput[] = [
    {},
    { portUnification: true, tls },
    { portUnification: true, sslQuorum: true, tls },
    { sslQuorum: true, tls },
  ]
  for (let step = 1; step < steps.length; step++) {
    t.equal(await exchange(await pair(t, steps[step - 1], steps[step])), 20)
    t.equal(await exchange(await pair(t, steps[step], steps[step - 1])), 20)
  }
})

t.test('renewed certificates are used by both sides of new connections', async t => {
  const location = authority.write('renewed.pem', readFileSync(elsewhere, 'utf8'))
  const peers = await loopbackPeers([1, 2])
  const clock = new ManualClock()
  const log = new LogLines()
  const renewing = peerTransport(secured(location, { certReload: true }), log, clock)
  const other = peerTransport(secured())
  t.teardown(() => Promise.all([renewing.close(), other.close()]))
  await renewing.open(1, peers)
  await other.open(2, peers)
  await t.rejects(other.connect(1), /its certificate is refused/)
  copyFileSync(good, location)
  clock.advance(10_000)
  await log.find(/new keys and certificates are in use/)
  t.equal(await exchange({ one: renewing, two: other, logs: [], peers }), 20)
  await other.connect(1).then(link => link.close())
})

t.test('a handshake that does not end is given up by whoever dials', async t => {
  const peers = await loopbackPeers([1, 2])
  const silent = await RawPeer.listen(peers.get(2)![0].quorumPort)
  t.teardown(() => silent.close())
  const clock = new ManualClock()
  const transport = peerTransport(secured(), new LogLines(), clock)
  t.teardown(() => transport.close())
  await transport.open(1, peers)
  const connecting = transport.connect(2)
  const accepted = await silent.next()
  await accepted.receive(1)
  clock.advance(5000)
  await t.rejects(connecting, /no connection within 5000 ms/)
})

t.test('TLS without keys is a configuration that says what is missing', async t => {
  for (const options of [{ sslQuorum: true }, { portUnification: true }]) {
    t.match(tcpPeersOptions.safeParse(options).error?.message, /tls is missing: sslQuorum and portUnification need/)
  }
  const lost = peerTransport(secured('/nowhere/peer.pem'))
  await t.rejects(lost.open(1, await loopbackPeers([1])), { code: 'CONFIG_INVALID', message: /nowhere\/peer\.pem/ })
})
