import { connect } from 'node:net'
import type { PeerLink } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import type { SocketDialer } from '../support/socket-dialer.js'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { framedVote, hello, RawPeer } from './support/raw-peer.js'

/** Server 2 of three under a clock that stands, with all that it has been told. */
async function target(t: Test) {
  const peers = await loopbackPeers([1, 2, 3])
  const log = new LogLines()
  const clock = new ManualClock()
  const transport = peerTransport({}, log, clock)
  const votes: Uint8Array[] = []
  const links: PeerLink[] = []
  transport.votes$.subscribe(({ message }) => votes.push(message))
  transport.links$.subscribe(link => links.push(link))
  t.teardown(async () => {
    const closed = transport.close()
    clock.advance(5000)
    await closed
  })
  await transport.open(2, peers)
  const { electionPort, quorumPort } = peers.get(2)![0]
  const stillServes = async () => {
    const arriving = firstValueFrom(transport.votes$)
    const peer = await RawPeer.dial(electionPort, hello(3, 1), framedVote(1))
    await arriving
    const linked = firstValueFrom(transport.links$)
    const learner = await RawPeer.dial(quorumPort, encodePacket(PacketType.FOLLOWERINFO, 1))
    await linked
    peer.destroy()
    learner.destroy()
  }
  return { transport, log, clock, votes, links, electionPort, quorumPort, stillServes }
}

const noise = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 167 + 13) & 0xff)
const text = (line: string) => new Uint8Array(Buffer.from(line))
/** What a refused peer receives: nothing, and then the end. */
const refused = async (dialer: SocketDialer) => (await dialer.receiveAll()).length

t.test('what is no initial message closes the connection, with a reason in the log', async t => {
  const { electionPort, votes, log, stillServes } = await target(t)
  const http = 'GET / HTTP/1.1\r\n\r\n'
  const unknown = [
    noise(100).fill(0x80, 0, 8),
    text(`\xff${http}`),
    Uint8Array.from([0x16, 3, 1, 0, 200, ...noise(200)]),
  ]
  unknown[1].fill(0xff, 0, 1)
  for (const bytes of [...unknown, hello(3, 1).fill(0xff, 16, 20), text(http)]) {
    t.equal(await refused(await RawPeer.dial(electionPort, bytes)), 0)
  }
  t.equal(votes.length, 0)
  t.match(log.lines[0], /closed an election connection from 127\.0\.0\.1: an initial message of protocol -9187/)
  await stillServes()
})

t.test('messages of lengths that no server sends close the connection of the peer', async t => {
  const { electionPort, votes, log, stillServes } = await target(t)
  for (const length of [0, -1, 512 * 1024 + 1, 0x7fffffff]) {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setInt32(0, length)
    t.equal(await refused(await RawPeer.dial(electionPort, hello(3, 1), bytes)), 0)
  }
  t.equal(await refused(await RawPeer.dial(electionPort, hello(3, 1), text('ruok'))), 0)
  t.equal(votes.length, 0)
  t.match(log.lines.join(), /election connection of server 3: it sent a frame length of 0/)
  await stillServes()
})

t.test('a message that is cut short is not handed over', async t => {
  const { electionPort, votes, log, stillServes } = await target(t)
  const peer = await RawPeer.dial(electionPort, hello(3, 1), Uint8Array.of(0, 0, 0, 9, 1, 2))
  peer.end()
  t.equal(await refused(peer), 0)
  const silent = await RawPeer.dial(electionPort, hello(3, 1).slice(0, 30))
  silent.end()
  t.equal(await refused(silent), 0)
  t.match(log.lines.join(), /it closed before it said who it is/)
  t.equal(votes.length, 0)
  await stillServes()
})

t.test('what is no packet never becomes a link', async t => {
  const { quorumPort, links, log, stillServes } = await target(t)
  const negative = encodePacket(PacketType.FOLLOWERINFO, 1)
  new DataView(negative.buffer).setInt32(12, -7)
  for (const bytes of [negative, noise(5000).fill(0x70), text('GET / HTTP/1.1\r\n\r\n')]) {
    t.equal(await refused(await RawPeer.dial(quorumPort, bytes)), 0)
  }
  t.equal(links.length, 0)
  t.match(log.lines[0], /closed the link to 127\.0\.0\.1:\d+: a quorum packet with an unreasonable length of data: -7/)
  await stillServes()
})

t.test('a link breaks at a packet that makes no sense, after those before it', async t => {
  const { transport, quorumPort, stillServes } = await target(t)
  const opening = firstValueFrom(transport.links$)
  const bad = encodePacket(PacketType.ACK, 2)
  new DataView(bad.buffer).setInt32(16, 2_000_000_000)
  const good = encodePacket(PacketType.FOLLOWERINFO, 1)
  const learner = await RawPeer.dial(quorumPort, good, good, bad, good)
  const link = await opening
  const seen: number[] = []
  const ending = new Promise<Error>((resolve, reject) => {
    link.packets$.subscribe({
      next: packet => seen.push(packet[3]),
      error: resolve,
      complete: () => reject(new Error()),
    })
  })
  t.match((await ending).message, /the link to 127\.0\.0\.1:\d+ broke: .* length of authinfo: 2000000000/)
  t.same(seen, [PacketType.FOLLOWERINFO, PacketType.FOLLOWERINFO])
  t.equal(link.send(good), false)
  t.equal(await refused(learner), 0)
  await stillServes()
})

t.test('a link breaks when its stream ends within a packet', async t => {
  const { transport, quorumPort } = await target(t)
  const opening = firstValueFrom(transport.links$)
  const good = encodePacket(PacketType.FOLLOWERINFO, 1)
  const learner = await RawPeer.dial(quorumPort, good, good.slice(0, 11))
  const link = await opening
  learner.end()
  const ending = new Promise<Error>((resolve, reject) => {
    link.packets$.subscribe({ error: resolve, complete: () => reject(new Error('completed')) })
  })
  t.match((await ending).message, /closed within a packet/)
  learner.destroy()
})

t.test('hundreds who open connections and say nothing keep nobody out, and are closed in time', async t => {
  const { electionPort, quorumPort, links, clock, log, stillServes } = await target(t)
  const silent = await Promise.all(
    Array.from({ length: 600 }, (_, n) => RawPeer.dial(n % 2 === 0 ? electionPort : quorumPort)),
  )
  await stillServes()
  clock.advance(6000)
  const received = await Promise.all(silent.map(refused))
  t.ok(received.every(length => length === 0))
  t.equal(links.length, 1, 'only the link of the peer that spoke')
  await log.find(/closed a peer's connection from 127\.0\.0\.1: the initial message did not come within 5000 ms/)
  await log.find(/closed a peer's connection from 127\.0\.0\.1: the first packet did not come within 5000 ms/)
  t.ok(log.lines.length < 20, `${log.lines.length} lines in the log`)
})

t.test('of more silent connections than may wait, the oldest go first', async t => {
  const { electionPort, log, stillServes } = await target(t)
  const oldest = await RawPeer.dial(electionPort)
  const others = await Promise.all(Array.from({ length: 600 }, () => RawPeer.dial(electionPort)))
  t.equal(await refused(oldest), 0)
  await log.find(/512 others wait to say who they are/)
  await stillServes()
  for (const { socket } of others) socket.destroy()
})

t.test('resets at any time harm nobody', async t => {
  const { electionPort, quorumPort, stillServes } = await target(t)
  for (const port of [electionPort, quorumPort]) {
    for (const bytes of [
      [],
      [hello(3, 1)],
      [hello(3, 1), framedVote(1)],
      [hello(1, 1)],
      [encodePacket(PacketType.ACK, 1)],
    ]) {
      const socket = connect(port, '127.0.0.1')
      await new Promise(resolve => socket.once('connect', resolve))
      for (const part of bytes) socket.write(part)
      socket.resetAndDestroy()
    }
  }
  await stillServes()
})
