import type { PeerAddress, ServerId } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import type { TcpPeersOptionsInput } from '@menagerie/transport-tcp'
import { filter, firstValueFrom, type Observable, take, toArray } from 'rxjs'
import t, { type Test } from 'tap'
import { Cabling } from './support/cable.js'
import { LogLines, loopbackPeers, peerTransport } from './support/peers-bench.js'
import { framedVote, hello, RawPeer } from './support/raw-peer.js'

/** An open transport of server `self` of 1, 2 and 3; the others are played by the test. */
async function opened(t: Test, self: ServerId, options: TcpPeersOptionsInput = {}, clock?: ManualClock) {
  const peers = await loopbackPeers([1, 2, 3])
  const log = new LogLines()
  const transport = peerTransport(options, log, clock)
  t.teardown(() => transport.close())
  await transport.open(self, peers)
  const votes: number[][] = []
  transport.votes$.subscribe(({ from, message }) => votes.push([from, ...message]))
  return { transport, peers, log, votes, port: peers.get(self)![0].electionPort }
}

async function raw(t: Test, port: number): Promise<RawPeer> {
  const peer = await RawPeer.listen(port)
  t.teardown(() => peer.close())
  return peer
}

const portOf = (peers: ReadonlyMap<ServerId, readonly PeerAddress[]>, id: ServerId) => peers.get(id)![0].electionPort
const vote = (transport: { votes$: Observable<{ from: ServerId; message: Uint8Array }> }) =>
  firstValueFrom(transport.votes$).then(({ from, message }) => [from, ...message])

t.test('the larger id keeps the connection it has dialed, and says who it is first', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const one = await raw(t, portOf(peers, 1))
  transport.sendVote(1, Uint8Array.of(7))
  const connection = await one.next()
  const initial = hello(2, port)
  t.same(await connection.receive(initial.length), Buffer.from(initial))
  t.same(await connection.receive(5), Buffer.from(framedVote(7)))
  const arriving = vote(transport)
  connection.send(framedVote(8, 9))
  t.same(await arriving, [1, 8, 9])
})

t.test('the smaller id only asks for a connection, and uses the one that it is dialed back on', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const three = await raw(t, portOf(peers, 3))
  transport.sendVote(3, Uint8Array.of(7))
  const asking = await three.next()
  t.same(await asking.receive(hello(2, port).length), Buffer.from(hello(2, port)))
  asking.end()
  t.equal((await asking.receiveAll()).length, 0, 'no vote goes over the connection of the smaller id')
  const connection = await RawPeer.dial(port, hello(3, portOf(peers, 3)))
  t.same(await connection.receive(5), Buffer.from(framedVote(7)))
  const arriving = vote(transport)
  connection.send(framedVote(1))
  t.same(await arriving, [3, 1])
  connection.destroy()
})

t.test('a connection of a smaller id is closed and dialed back, over the one that stands', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const one = await raw(t, portOf(peers, 1))
  const asking = await RawPeer.dial(port, hello(1, portOf(peers, 1)))
  t.equal((await asking.receiveAll()).length, 0)
  const connection = await one.next()
  await connection.receive(hello(2, port).length)
  const arriving = vote(transport)
  connection.send(framedVote(4))
  t.same(await arriving, [1, 4])
  connection.destroy()
})

t.test('a server of 3.4, which says its id alone, is heard', async t => {
  const { transport, port } = await opened(t, 2)
  const arriving = vote(transport)
  const connection = await RawPeer.dial(port, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3), framedVote(5))
  t.same(await arriving, [3, 5])
  connection.destroy()
})

t.test('the last message is sent again on the next connection, and the newest one in its place', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const connect = () => RawPeer.dial(port, hello(3, portOf(peers, 3)))
  transport.sendVote(3, Uint8Array.of(1))
  const first = await connect()
  t.same(await first.receive(5), Buffer.from(framedVote(1)))
  const second = await connect()
  t.same(await second.receive(5), Buffer.from(framedVote(1)), 'nobody knows whether it has arrived')
  t.equal((await first.receiveAll()).length, 0, 'the earlier connection gives way')
  transport.sendVote(3, Uint8Array.of(2))
  t.same(await second.receive(5), Buffer.from(framedVote(2)))
  const third = await connect()
  t.same(await third.receive(5), Buffer.from(framedVote(2)))
  third.destroy()
})

t.test('whoever connects under the id of a server that has been heard does not end its connection', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const heard = vote(transport)
  const real = await RawPeer.dial(port, hello(3, portOf(peers, 3)), framedVote(1))
  t.same(await heard, [3, 1])
  transport.sendVote(3, Uint8Array.of(2))
  t.same(await real.receive(5), Buffer.from(framedVote(2)))
  for (const value of [3, 4]) {
    const claim = await RawPeer.dial(port, hello(3, 1))
    t.same(await claim.receive(5), Buffer.from(framedVote(value - 1)), 'it may be the server that has come again')
    transport.sendVote(3, Uint8Array.of(value))
    t.same(await claim.receive(5), Buffer.from(framedVote(value)))
    t.same(await real.receive(5), Buffer.from(framedVote(value)), 'both are told')
    claim.destroy()
  }
  const later = vote(transport)
  real.send(framedVote(5))
  t.same(await later, [3, 5])
  real.destroy()
})

t.test('whoever connects under a smaller id does not end the connection to the server that has it', async t => {
  const clock = new ManualClock()
  const { transport, peers, port } = await opened(t, 2, {}, clock)
  const one = await raw(t, portOf(peers, 1))
  transport.sendVote(1, Uint8Array.of(1))
  const first = await one.next()
  await first.receive(hello(2, port).length + 5)
  one.close({ keep: true })
  // Later than a request to dial back that has only crossed with this connection.
  clock.advance(1000)
  const lie = await RawPeer.dial(port, hello(1, 1))
  t.equal((await lie.receiveAll()).length, 0)
  transport.sendVote(1, Uint8Array.of(2))
  t.same(await first.receive(5), Buffer.from(framedVote(2)))
  first.destroy()
})

t.test('a message that was sent into a connection that broke right then is sent again', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const one = await raw(t, portOf(peers, 1))
  const { length } = hello(2, port)
  transport.sendVote(1, Uint8Array.of(1))
  const first = await one.next()
  await first.receive(length + 5)
  first.destroy()
  const second = await one.next()
  await second.receive(length)
  t.same(await second.receive(5), Buffer.from(framedVote(1)))
})

t.test('after a partition the newest message arrives, in both directions', async t => {
  const real = await loopbackPeers([1, 2])
  const cabling = await Cabling.between(real)
  const transports = [1, 2].map(() => peerTransport())
  t.teardown(async () => {
    await Promise.all(transports.map(transport => transport.close()))
    cabling.remove()
  })
  for (const [index, transport] of transports.entries()) {
    await transport.open(index + 1, cabling.peersOf(index + 1))
    await cabling.plug(index + 1)
  }
  const [one, two] = transports
  const arrives = (transport: typeof one, value: number) =>
    firstValueFrom(transport.votes$.pipe(filter(({ message }) => message[0] === value)))
  for (const value of [1, 3, 5]) {
    const both = Promise.all([arrives(one, value), arrives(two, value)])
    one.sendVote(2, Uint8Array.of(value))
    two.sendVote(1, Uint8Array.of(value))
    await both
    cabling.cut(1, 2)
    one.sendVote(2, Uint8Array.of(value + 1))
    two.sendVote(1, Uint8Array.of(value + 1))
    const later = Promise.all([arrives(one, value + 1), arrives(two, value + 1)])
    cabling.join(1, 2)
    t.same(
      (await later).map(({ from }) => from),
      [2, 1],
    )
  }
})

t.test('dialing goes on until a peer is there, and the newest message is what it gets', async t => {
  const { transport, peers, port, log } = await opened(t, 2)
  transport.sendVote(1, Uint8Array.of(1))
  await log.find(/cannot reach server 1 for votes: 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  transport.sendVote(1, Uint8Array.of(2))
  const one = await raw(t, portOf(peers, 1))
  const connection = await one.next()
  await connection.receive(hello(2, port).length)
  t.same(await connection.receive(5), Buffer.from(framedVote(2)))
})

t.test('the addresses of a peer are tried in turn', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const one = await raw(t, portOf(peers, 1))
  const [nobody] = peers.get(3)!
  transport.setPeers(new Map([...peers, [1, [nobody, ...peers.get(1)!]]]))
  transport.sendVote(1, Uint8Array.of(2))
  const connection = await one.next()
  await connection.receive(hello(2, port).length)
  t.same(await connection.receive(5), Buffer.from(framedVote(2)))
})

t.test('a server that its peers leave out, as one that joins, says where it is all the same', async t => {
  const { transport, peers, port } = await opened(t, 2)
  const one = await raw(t, portOf(peers, 1))
  transport.setPeers(new Map([...peers].filter(([id]) => id !== 2)))
  transport.sendVote(1, Uint8Array.of(2))
  const connection = await one.next()
  // As many bytes as there are when the address is missing and the vote follows.
  const bytes = 20 + framedVote(2).length
  t.same(await connection.receive(bytes), Buffer.from(hello(2, port).subarray(0, bytes)))
  connection.destroy()
})

t.test('servers that dial each other at the same time end with one connection that carries both ways', async t => {
  const peers = await loopbackPeers([1, 2])
  const transports = [peerTransport(), peerTransport()]
  t.teardown(() => Promise.all(transports.map(transport => transport.close())))
  for (const [index, transport] of transports.entries()) await transport.open(index + 1, peers)
  const [one, two] = transports
  for (let round = 1; round <= 20; round++) {
    const last = (transport: typeof one) =>
      firstValueFrom(transport.votes$.pipe(filter(({ message }) => message[0] === round)))
    const both = Promise.all([last(one), last(two)])
    one.sendVote(2, Uint8Array.of(round))
    two.sendVote(1, Uint8Array.of(round))
    t.same(
      (await both).map(({ from }) => from),
      [2, 1],
    )
  }
})

t.test('a vote for this server itself comes back to it', async t => {
  const { transport } = await opened(t, 2)
  const arriving = vote(transport)
  const message = Uint8Array.of(6)
  transport.sendVote(2, message)
  message.fill(9)
  t.same(await arriving, [2, 6])
})

t.test('a vote of a length that no server takes is not sent, which the log says', async t => {
  const { transport, log } = await opened(t, 2)
  transport.sendVote(1, new Uint8Array(0))
  transport.sendVote(1, new Uint8Array(512 * 1024 + 1))
  t.match(log.lines.join(), /a vote of 0 bytes is not sent.*a vote of 524289 bytes is not sent: 1 to 524288/)
})

t.test('a server that is not in the ensemble yet', async t => {
  t.test('is heard and answered on the connection it has opened, if its id is larger', async t => {
    const { transport, port } = await opened(t, 2)
    const arriving = vote(transport)
    const joiner = await RawPeer.dial(port, hello(9, 1), framedVote(1))
    t.same(await arriving, [9, 1])
    transport.sendVote(9, Uint8Array.of(2))
    t.same(await joiner.receive(5), Buffer.from(framedVote(2)))
    joiner.destroy()
  })

  t.test('is dialed back where it says that it is, if its id is smaller', async t => {
    const { transport, port } = await opened(t, 2)
    const [[, [elsewhere]]] = [...(await loopbackPeers([0]))]
    const joiner = await raw(t, elsewhere.electionPort)
    await RawPeer.dial(port, hello(0, elsewhere.electionPort))
    const connection = await joiner.next()
    await connection.receive(hello(2, port).length)
    const arriving = vote(transport)
    connection.send(framedVote(3))
    t.same(await arriving, [0, 3])
  })

  t.test('is refused where joiners are not accepted', async t => {
    const { port, log, votes } = await opened(t, 2, { acceptJoiners: false })
    const joiner = await RawPeer.dial(port, hello(9, 1), framedVote(1))
    t.equal((await joiner.receiveAll()).length, 0)
    t.match(log.lines.join(), /it says that it is server 9, which is not in the ensemble/)
    t.same(votes, [])
  })

  t.test('is refused when many of its kind are connected, and has a place when one of them leaves', async t => {
    const { transport, port, log } = await opened(t, 2)
    const all = firstValueFrom(transport.votes$.pipe(take(64), toArray()))
    const joiners = await Promise.all(
      Array.from({ length: 64 }, (_, n) => RawPeer.dial(port, hello(100 + n, 1), framedVote(1))),
    )
    await all
    const refused = await RawPeer.dial(port, hello(99, 1))
    t.equal((await refused.receiveAll()).length, 0)
    t.match(log.lines.join(), /server 99, and 64 unknown servers are connected/)
    joiners[0].destroy()
    await log.find(/the election connection to server 100 is over/)
    const arriving = vote(transport)
    const welcome = await RawPeer.dial(port, hello(99, 1), framedVote(5))
    t.same(await arriving, [99, 5])
    for (const { socket } of [...joiners, welcome]) socket.destroy()
  })
})

t.test('a server with the id of this one is refused, and the log says what that means', async t => {
  const { port, log } = await opened(t, 2)
  const twin = await RawPeer.dial(port, hello(2, 1))
  t.equal((await twin.receiveAll()).length, 0)
  t.match(log.lines.join(), /it is server 2, as this one is; two servers have the same myid/)
})

t.test('a connection that stays silent while votes are sent is taken for dead and made anew', async t => {
  const peers = await loopbackPeers([1, 2])
  const clock = new ManualClock()
  const transport = peerTransport({ connectTimeoutMs: 5000 }, new LogLines(), clock)
  t.teardown(() => transport.close())
  await transport.open(2, peers)
  const one = await raw(t, portOf(peers, 1))
  const length = hello(2, portOf(peers, 2)).length
  transport.sendVote(1, Uint8Array.of(1))
  const first = await one.next()
  await first.receive(length + 5)
  clock.advance(9000)
  transport.sendVote(1, Uint8Array.of(2))
  t.same(await first.receive(5), Buffer.from(framedVote(2)), 'silence of less than twice the timeout is nothing')
  clock.advance(2000)
  transport.sendVote(1, Uint8Array.of(3))
  const second = await one.next()
  await second.receive(length)
  t.same(await second.receive(5), Buffer.from(framedVote(3)))
  t.equal((await first.receiveAll()).length, 0)
})
