import { connect } from 'node:net'
import type { PeerLink, PeerTransport } from '@menagerie/core'
import { ManualClock, payload } from '@menagerie/core/contract'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import type { ByteStream } from '../../dist/streams/byte-stream.js'
import { HandleStream } from '../../dist/streams/handle-stream.js'
import { SocketStream } from '../../dist/streams/socket-stream.js'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { RawPeer } from './support/raw-peer.js'

const packet = (size: number) => encodePacket(PacketType.PROPOSAL, size, payload(size))

/** Server 1, with a link to a leader that is played by the test. */
async function dialed(t: Test, options = {}, clock?: ManualClock) {
  const peers = await loopbackPeers([1, 2])
  const leader = await RawPeer.listen(peers.get(2)![0].quorumPort)
  const transport = peerTransport(options, new LogLines(), clock)
  t.teardown(async () => {
    leader.close()
    const closed = transport.close()
    clock?.advance(10_000)
    await closed
  })
  await transport.open(1, peers)
  const link = await transport.connect(2)
  return { link, leader: await leader.next(), transport }
}

/** How the packets of a link end. */
function ending(link: PeerLink, next: (bytes: Uint8Array) => void = () => {}): Promise<string> {
  return new Promise(resolve =>
    link.packets$.subscribe({ next, complete: () => resolve('complete'), error: error => resolve(error.message) }),
  )
}

t.test('a link tells who is at the other end', async t => {
  const { link } = await dialed(t)
  t.equal(link.peer, 2)
  t.match(link.remote, /^server 2 at 127\.0\.0\.1:\d+$/)
})

/** How often the link has written to its stream since this call. */
function countWrites(link: PeerLink): () => number {
  const { stream } = link as unknown as { stream: ByteStream }
  let writes = 0
  const write = stream.write.bind(stream)
  stream.write = bytes => {
    writes++
    return write(bytes)
  }
  return () => writes
}

t.test('the packets of one turn leave in one write', async t => {
  const { link, leader } = await dialed(t)
  const writes = countWrites(link)
  const sent = Array.from({ length: 100 }, (_, n) => packet(n))
  for (const bytes of sent) link.send(bytes)
  t.equal(writes(), 0, 'nothing leaves before the turn is over')
  t.same(await leader.receive(Buffer.concat(sent).length), Buffer.concat(sent))
  t.equal(writes(), 1)
})

t.test('what is flushed leaves within the turn, in one write', async t => {
  const { link, leader } = await dialed(t)
  const writes = countWrites(link)
  const sent = [packet(1), packet(2), packet(3)]
  link.send(sent[0])
  link.send(sent[1])
  link.flush?.()
  t.equal(writes(), 1, 'both have left')
  link.send(sent[2])
  link.flush?.()
  link.flush?.()
  t.equal(writes(), 2, 'nothing is left for a second time')
  t.same(await leader.receive(Buffer.concat(sent).length), Buffer.concat(sent))
})

t.test('a leader that stops to read lets the sender know, and so does its end', async t => {
  const { link, leader } = await dialed(t, { highWaterBytes: 100_000 })
  const over = ending(link)
  while (link.send(packet(50_000)));
  const drained = link.drained()
  leader.destroy()
  await drained
  t.match(await over, /the link to server 2 at 127\.0\.0\.1:\d+ broke: /)
  t.equal(link.send(packet(1)), false)
  await link.drained()
})

t.test('packets that came before the subscription are not lost, nor those before the end', async t => {
  const { link, leader } = await dialed(t)
  for (let n = 0; n < 5; n++) leader.send(packet(n))
  leader.end()
  const sizes: number[] = []
  t.equal(await ending(link, bytes => sizes.push(bytes.length - 20)), 'complete')
  t.same(sizes, [0, 1, 2, 3, 4])
})

t.test('a link has one subscriber', async t => {
  const { link } = await dialed(t)
  link.packets$.subscribe({ error: () => {} })
  await t.rejects(firstValueFrom(link.packets$), /the packets of a link have one subscriber/)
})

t.test('a link that is closed delivers nothing more, not even the rest of what has arrived', async t => {
  const { link, leader } = await dialed(t)
  leader.send(new Uint8Array(Buffer.concat([packet(1), packet(2), packet(3)])))
  const sizes: number[] = []
  const outcome = await ending(link, bytes => {
    sizes.push(bytes.length - 20)
    link.close('enough')
  })
  t.equal(outcome, 'complete')
  t.same(sizes, [1])
})

t.test('a peer that does not close its side has its time to do so', async t => {
  const clock = new ManualClock()
  const { link, leader } = await dialed(t, { lingerMs: 3000 }, clock)
  link.send(packet(10))
  link.close()
  t.same(await leader.receive(30), Buffer.from(packet(10)))
  clock.advance(3000)
  let gone = false
  leader.socket.once('close', () => (gone = true))
  // What is sent to nobody is answered by a reset.
  while (!gone) {
    leader.send(packet(10))
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(gone, true)
})

t.test('close of the transport waits for what links have to send, and breaks off one that hangs', async t => {
  const clock = new ManualClock()
  const { link, leader, transport } = await dialed(t, {}, clock)
  while (link.send(packet(100_000)));
  let over = false
  const closed = transport.close().then(() => (over = true))
  await new Promise(resolve => setImmediate(resolve))
  t.equal(over, false)
  clock.advance(1000)
  await closed
  leader.destroy()
})

/** What carries both ends of a link. */
async function streamsOf(t: Test, options: { nodeSockets: boolean }): Promise<ByteStream[]> {
  const peers = await loopbackPeers([1, 2])
  const [learner, leader] = [peerTransport(options), peerTransport(options)]
  t.teardown(() => Promise.all([learner.close(), leader.close()]))
  const taken = firstValueFrom(leader.links$)
  await learner.open(1, peers)
  await leader.open(2, peers)
  const link = await learner.connect(2)
  link.send(packet(10))
  return [link, await taken].map(end => (end as unknown as { stream: ByteStream }).stream)
}

t.test('a plain link does without sockets at both ends', async t => {
  // A Node.js that no longer gives the handles makes links slower, not wrong: no other test would notice.
  for (const stream of await streamsOf(t, { nodeSockets: false })) t.ok(stream instanceof HandleStream)
})

t.test('it has them where that is asked for', async t => {
  for (const stream of await streamsOf(t, { nodeSockets: true })) t.ok(stream instanceof SocketStream)
})

t.test('links that learners open', async t => {
  const open = async (t: Test, listening: boolean) => {
    const peers = await loopbackPeers([1])
    const transport: PeerTransport = peerTransport()
    t.teardown(() => transport.close())
    const links: PeerLink[] = []
    if (listening) transport.links$.subscribe(link => links.push(link))
    await transport.open(1, peers)
    return { transport, links, port: peers.get(1)![0].quorumPort }
  }

  t.test('are told of with their first packet, and not before it is whole', async t => {
    const { transport, links, port } = await open(t, true)
    const first = packet(1000)
    const learner = await RawPeer.dial(port, first.slice(0, 500))
    const other = await RawPeer.dial(port, packet(3))
    const [otherLink] = [await firstValueFrom(transport.links$)]
    t.equal(links.length, 1)
    const telling = firstValueFrom(transport.links$)
    learner.send(first.slice(500))
    const link = await telling
    t.equal(link.peer, undefined)
    t.match(link.remote, /^127\.0\.0\.1:\d+$/)
    t.equal((await firstValueFrom(link.packets$)).length, 1020)
    t.equal((await firstValueFrom(otherLink.packets$)).length, 23)
    learner.destroy()
    other.destroy()
  })

  t.test('are broken off when nobody wants them', async t => {
    const { port } = await open(t, false)
    const learner = await RawPeer.dial(port, packet(1))
    t.equal((await learner.receiveAll()).length, 0)
  })

  t.test('carry on when a learner has closed its side only after the last packet', async t => {
    const { transport, port } = await open(t, true)
    const telling = firstValueFrom(transport.links$)
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end(Buffer.concat([packet(1), packet(2)]))
    const sizes: number[] = []
    t.equal(await ending(await telling, bytes => sizes.push(bytes.length - 20)), 'complete')
    t.same(sizes, [1, 2])
    socket.destroy()
  })
})

t.test('a peer that answers nothing is given up sooner than one in an election', async t => {
  const peers = await loopbackPeers([1, 2])
  const clock = new ManualClock()
  const two = peerTransport({ connectTimeoutMs: 5000 }, new LogLines(), clock)
  await two.open(2, peers)
  t.teardown(() => two.close())
  // Before the machine can answer.
  const attempt = two.connect(1)
  clock.advance(1500)
  await t.rejects(attempt, /server 1 cannot be reached: .*no connection within 1500 ms/)
})
