import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { CLOCK, LOGGER, PEER_TRANSPORT } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { TcpPeerTransport, tcpPeersOptions, transportTcpPeers } from '@menagerie/transport-tcp'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { container } from 'tsyringe'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { framedVote, hello, RawPeer } from './support/raw-peer.js'

/** Somebody else on this port. */
async function occupy(t: Test, port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

t.test('a port that is taken is named, and nothing stays bound', async t => {
  for (const plane of ['quorumPort', 'electionPort'] as const) {
    const peers = await loopbackPeers([1])
    const [address] = peers.get(1)!
    const server = await occupy(t, address[plane])
    const transport = peerTransport({ bindAttempts: 1 })
    await t.rejects(transport.open(1, peers), {
      code: 'LISTEN_FAILED',
      message: `port ${address[plane]} on 127.0.0.1 is in use by another program; stop that program or choose another port`,
    })
    server.close()
    await once(server, 'close')
    const second = peerTransport()
    await second.open(1, peers)
    await second.close()
  }
})

t.test('binding is tried as often as asked, with a second between', async t => {
  const peers = await loopbackPeers([1])
  const server = await occupy(t, peers.get(1)![0].electionPort)
  const log = new LogLines()
  const clock = new ManualClock()
  const transport = peerTransport({ bindAttempts: 3 }, log, clock)
  t.teardown(() => transport.close())
  let state = 'opening'
  const opening = transport.open(1, peers).then(
    () => (state = 'open'),
    () => (state = 'failed'),
  )
  await log.find(/trying again in 1000 ms: port \d+ on 127\.0\.0\.1 is in use/)
  clock.advance(1000)
  await log.reaches(2)
  t.equal(state, 'opening')
  server.close()
  await once(server, 'close')
  clock.advance(1000)
  t.equal(await opening, 'open')
})

t.test('close ends the attempts to bind', async t => {
  const peers = await loopbackPeers([1])
  await occupy(t, peers.get(1)![0].electionPort)
  const log = new LogLines()
  const transport = peerTransport({ bindAttempts: 0 }, log, new ManualClock())
  const opening = transport.open(1, peers)
  await log.find(/trying again/)
  await transport.close()
  await t.rejects(opening, { code: 'LISTEN_FAILED' })
})

t.test('a host that is not of this machine is refused with a sentence', async t => {
  const peers = await loopbackPeers([1], '192.0.2.1')
  await t.rejects(peerTransport({ bindAttempts: 1 }).open(1, peers), {
    code: 'LISTEN_FAILED',
    message: /this machine has no address 192\.0\.2\.1/,
  })
  await t.rejects(peerTransport().open(2, peers), {
    code: 'LISTEN_FAILED',
    message: /server 2 has no address of its own/,
  })
})

t.test('listenOnAllIPs binds whatever the host says', async t => {
  const peers = await loopbackPeers([1], '192.0.2.1')
  const transport = peerTransport({ listenOnAllIPs: true })
  t.teardown(() => transport.close())
  await transport.open(1, peers)
  const arriving = firstValueFrom(transport.votes$)
  const peer = await RawPeer.dial(peers.get(1)![0].electionPort, hello(3, 1), framedVote(1))
  t.equal((await arriving).from, 3)
  peer.destroy()
})

t.test('a server with several addresses is reached at each', async t => {
  const peers = await loopbackPeers([1, 2])
  peers.get(1)!.push(...peers.get(2)!)
  const transport = peerTransport()
  t.teardown(() => transport.close())
  await transport.open(1, peers)
  for (const { electionPort } of peers.get(1)!) {
    const arriving = firstValueFrom(transport.votes$)
    const peer = await RawPeer.dial(electionPort, hello(3, 1), framedVote(1))
    t.equal((await arriving).from, 3)
    peer.destroy()
  }
})

t.test('the ports are free again after close, and a transport opens once', async t => {
  const peers = await loopbackPeers([1])
  for (let round = 0; round < 3; round++) {
    const transport = peerTransport({ bindAttempts: 1 })
    await transport.open(1, peers)
    await t.rejects(transport.open(1, peers), { code: 'SERVER_STATE' })
    await transport.close()
    await t.rejects(transport.open(1, peers), { code: 'SERVER_STATE' })
    await t.rejects(transport.connect(1), /the transport is closed/)
  }
})

t.test('the plugin fills the seam, with one transport for each container', async t => {
  const child = container.createChildContainer()
  child.registerInstance(CLOCK, new ManualClock())
  child.registerInstance(LOGGER, new LogLines())
  transportTcpPeers.register(child, tcpPeersOptions.parse({}))
  const transport = child.resolve(PEER_TRANSPORT)
  t.type(transport, TcpPeerTransport)
  t.equal(child.resolve(PEER_TRANSPORT), transport)
  t.same(transportTcpPeers.provides, [PEER_TRANSPORT])
})

t.test('every option says what it is for', async t => {
  for (const [name, schema] of Object.entries(tcpPeersOptions.shape)) t.ok(schema.description, name)
})

t.test('a server that has moved listens where it is now, and links that stand go on', async t => {
  const peers = await loopbackPeers([1, 2])
  const [before, after] = [peers.get(1)!, peers.get(2)!]
  const log = new LogLines()
  const transport = peerTransport({ bindAttempts: 1 }, log)
  t.teardown(() => transport.close())
  await transport.open(1, new Map([[1, before]]))
  const telling = firstValueFrom(transport.links$)
  const learner = await RawPeer.dial(before[0].quorumPort, encodePacket(PacketType.FOLLOWERINFO, 1))
  const link = await telling
  transport.setPeers(new Map([[1, after]]))
  const arriving = firstValueFrom(transport.votes$)
  await untilRefused(before[0].electionPort)
  const peer = await RawPeer.dial(after[0].electionPort, hello(3, 1), framedVote(1))
  t.equal((await arriving).from, 3)
  const packet = encodePacket(PacketType.PING, 5)
  link.send(packet.slice())
  t.same(await learner.receive(20), Buffer.from(packet))

  const server = await occupy(t, before[0].electionPort)
  transport.setPeers(new Map([[1, before]]))
  t.match(await log.find(/peers do not reach this server/), /port \d+ on 127\.0\.0\.1 is in use/)
  server.close()
  await once(server, 'close')
  transport.setPeers(new Map([[1, before]]))
  await untilRefused(after[0].quorumPort)
  for (const { socket } of [peer, learner]) socket.destroy()
})

/** Resolves once nobody listens there any more. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const dialer = await RawPeer.dial(port).catch(() => undefined)
    if (dialer === undefined) return
    dialer.socket.destroy()
    await new Promise(resolve => setImmediate(resolve))
  }
}
