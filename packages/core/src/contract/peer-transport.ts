import { firstValueFrom, type Observable } from 'rxjs'
import { ACL } from '../jute/records.js'
import { JuteWriter } from '../jute/writer.js'
import type { PeerAddress, PeerLink, Peers, PeerTransport, ServerId } from '../seams/peer-transport.js'
import { encodePacket, PacketType } from '../zab/packets/index.js'
import { concat, expectAllBytes, expectBytes, payload } from './connection-recorder.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

/** What an implementation hands the kit: an ensemble's worth of transports for each test. */
export interface PeerTransportBench {
  /** The transport of a server of 1 to 3, not open yet. */
  create(self: ServerId): PeerTransport
  /** Where the servers 1 to 3 are reached. */
  readonly peers: Peers
  /** Breaks the network between two servers, so that standing links break. Unused unless `can.cut`. */
  cut?(a: ServerId, b: ServerId): void
  /**
   * Mends what {@link cut} broke, and lets a little time pass. The kit calls it again before each new attempt.
   * Unused without `cut`; without it a cut network stays so.
   */
  join?(a: ServerId, b: ServerId): Promise<void>
  dispose(): Promise<void>
}

/** Addresses for transports that find their peers by id. */
export const noAddresses: Peers = new Map([1, 2, 3].map(id => [id, [] as PeerAddress[]]))

/** What every PeerTransport promises. Votes may be lost, so the kit sends them until one arrives. */
export function peerTransportContract(
  test: TestFunction,
  can: { readonly cut: boolean },
  create: () => Promise<PeerTransportBench>,
): void {
  const on = (name: string, body: (bench: PeerTransportBench) => Promise<void>) =>
    test(name, async () => {
      const bench = await create()
      try {
        await body(bench)
      } finally {
        await bench.dispose()
      }
    })

  const open = async (bench: PeerTransportBench, ...ids: ServerId[]): Promise<PeerTransport[]> => {
    const transports = ids.map(id => bench.create(id))
    for (const [index, transport] of transports.entries()) await transport.open(ids[index], bench.peers)
    return transports
  }
  /** A standing link: the learner's end, then the leader's. */
  const linked = async (learner: PeerTransport, leader: PeerTransport, leaderId: ServerId): Promise<PeerLink[]> => {
    const arriving = firstValueFrom(leader.links$)
    const here = await learner.connect(leaderId)
    // Some transports announce a link only with its first packet.
    here.send(packet(1))
    return [here, await arriving]
  }

  on('votes: the newest message reaches the peer it is for, undamaged, and tells who sent it', async bench => {
    const [one, two, three] = await open(bench, 1, 2, 3)
    const strays: unknown[] = []
    three.votes$.subscribe(vote => strays.push(vote))
    const message = Uint8Array.of(1, 2, 3)
    const arriving = firstValueFrom(two.votes$)
    one.sendVote(2, message)
    message.fill(9)
    expectEqual(await arriving, { from: 1, message: Uint8Array.of(1, 2, 3) }, 'the vote')
    expectEqual(strays, [], 'votes at a server that none was sent to')
  })

  on('votes: of many sent at once the last arrives, in order with those that arrive before it', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const seen: number[] = []
    const last = new Promise<void>(resolve => {
      two.votes$.subscribe(({ message }) => {
        seen.push(message[0])
        if (message[0] === 200) resolve()
      })
    })
    for (let n = 1; n <= 200; n++) one.sendVote(2, Uint8Array.of(n))
    await last
    const sorted = [...seen].sort((a, b) => a - b)
    expectEqual(seen, sorted, 'the order of the votes')
    expectEqual(new Set(seen).size, seen.length, 'votes, each at most once')
  })

  on('votes: both directions, and to a peer that is not there, which harms nobody', async bench => {
    const [one, two] = await open(bench, 1, 2)
    one.sendVote(3, Uint8Array.of(5))
    const atOne = firstValueFrom(one.votes$)
    const atTwo = firstValueFrom(two.votes$)
    one.sendVote(2, Uint8Array.of(1))
    two.sendVote(1, Uint8Array.of(2))
    expectEqual((await atTwo).message, Uint8Array.of(1), 'the vote at server 2')
    expectEqual((await atOne).message, Uint8Array.of(2), 'the vote at server 1')
  })

  on('links: packets arrive whole and in order, in both directions, whatever their size', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const sizes = [1, 0, 70_000, 3, 1_200_000, 17]
    for (const size of sizes) learner.send(packet(size))
    for (const size of sizes) leader.send(packet(size + 1))
    const atLeader = collect(leader)
    const atLearner = collect(learner)
    await atLeader.reaches(sizes.length + 1)
    await atLearner.reaches(sizes.length)
    expectAllBytes(
      atLeader.packets,
      [1, ...sizes].map(size => packet(size)),
      'packets at the leader',
    )
    expectAllBytes(
      atLearner.packets,
      sizes.map(size => packet(size + 1)),
      'packets at the learner',
    )
  })

  on('links: what is flushed in the middle of a turn keeps its place, also once the link has ended', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const atLeader = collect(leader)
    for (let size = 2; size < 20; size++) {
      learner.send(packet(size))
      if (size % 3 === 0) learner.flush?.()
    }
    await atLeader.reaches(19)
    expectAllBytes(
      atLeader.packets,
      Array.from({ length: 19 }, (_, n) => packet(n + 1)),
      'packets at the leader',
    )
    learner.close()
    learner.flush?.()
  })

  on('links: a snapshot in chunks arrives whole, and the packet after it as a packet', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const snapshot = smallSnapshot()
    leader.send(encodePacket(PacketType.SNAP, 5))
    for (let at = 0; at < snapshot.length; at += 40) leader.send(snapshot.slice(at, at + 40))
    leader.send(packet(9))
    const atLearner = collect(learner)
    await atLearner.totals(packet(0).length + snapshot.length + packet(9).length)
    expectBytes(atLearner.packets[0], encodePacket(PacketType.SNAP, 5), 'the announcement')
    expectBytes(concat(atLearner.packets.slice(1, -1)), snapshot, 'the snapshot')
    expectBytes(atLearner.packets.at(-1)!, packet(9), 'the packet after it')
  })

  on('links: send says when the peer does not keep up, and loses nothing for it', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const large = packet(100_000)
    let sent = 0
    do {
      sent++
      expect(sent < 2000, 'send should answer false before 200 MB wait')
    } while (learner.send(large))
    const atLeader = collect(leader)
    const drained = learner.drained()
    await atLeader.reaches(sent + 1)
    await drained
    expectEqual(atLeader.packets.length, sent + 1, 'packets at the leader')
    expect(learner.send(packet(1)), 'a link that has drained should take more')
  })

  on('links: close delivers what was sent before it, then completes at the other end', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const atLeader = collect(leader)
    const atLearner = collect(learner)
    const packets = [packet(5), packet(300_000), packet(6)]
    for (const sent of packets) learner.send(sent)
    learner.close('done')
    expectEqual(await atLeader.over, 'complete', 'how it ends at the leader')
    await atLearner.over
    expectAllBytes(atLeader.packets, [packet(1), ...packets], 'packets at the leader')
    expectEqual(learner.send(packet(1)), false, 'send after close')
    learner.close()
    leader.close()
  })

  on('links: several stand side by side and do not mix', async bench => {
    const [one, two, three] = await open(bench, 1, 2, 3)
    const [a, atA] = await linked(one, three, 3)
    const [b, atB] = await linked(two, three, 3)
    const fromOne = collect(atA)
    const fromTwo = collect(atB)
    for (let n = 2; n < 50; n++) {
      a.send(packet(n))
      b.send(packet(1000 + n))
    }
    await fromOne.reaches(49)
    await fromTwo.reaches(49)
    expectAllBytes(
      fromOne.packets.slice(1),
      range(2, 50).map(size => packet(size)),
      'packets of server 1',
    )
    expectAllBytes(
      fromTwo.packets.slice(1),
      range(1002, 1050).map(size => packet(size)),
      'packets of server 2',
    )
    a.close()
    await fromOne.over
    b.send(packet(77))
    await fromTwo.reaches(50)
  })

  on('links: a receiver that comes late gets everything, also when the sender has closed meanwhile', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    // More than any window or socket buffer holds, so that most of it still waits at the sender.
    const count = 400
    for (let n = 0; n < count; n++) learner.send(packet(40_000 + n))
    learner.close()
    const atLeader = collect(leader)
    expectEqual(await atLeader.over, 'complete', 'how it ends at the leader')
    const sizes = range(40_000, 40_000 + count)
    expectAllBytes(atLeader.packets, [packet(1), ...sizes.map(size => packet(size))], 'packets at the leader')
  })

  on('links: a receiver that takes nothing does not hold up other links of its sender', async bench => {
    const [one, two, three] = await open(bench, 1, 2, 3)
    const [toSlow] = await linked(one, two, 2)
    const [toQuick, quick] = await linked(one, three, 3)
    while (toSlow.send(packet(100_000)));
    const atQuick = collect(quick)
    for (const size of range(2, 100)) toQuick.send(packet(size))
    await atQuick.reaches(99)
    expectAllBytes(
      atQuick.packets,
      range(1, 100).map(size => packet(size)),
      'packets at the quick receiver',
    )
  })

  on('links: both ends may fill the link before either takes anything', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const ends = await linked(one, two, 2)
    const sent = ends.map(end => {
      let count = 1
      while (end.send(packet(50_000))) count++
      return count
    })
    const [atLearner, atLeader] = ends.map(collect)
    await atLeader.reaches(sent[0] + 1)
    await atLearner.reaches(sent[1])
    await Promise.all(ends.map(end => end.drained()))
  })

  on('links: two between the same servers stand side by side', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [first, firstThere] = await linked(one, two, 2)
    const [second, secondThere] = await linked(one, two, 2)
    const [atFirst, atSecond] = [collect(firstThere), collect(secondThere)]
    second.send(packet(20))
    second.close()
    expectEqual(await atSecond.over, 'complete', 'how the second ends')
    first.send(packet(10))
    await atFirst.reaches(2)
    const expected = (size: number) => [packet(1), packet(size)]
    expectAllBytes(atFirst.packets, expected(10), 'packets over the first')
    expectAllBytes(atSecond.packets, expected(20), 'packets over the second')
  })

  on('connect: rejects for a peer that is not there', async bench => {
    const [one] = await open(bench, 1)
    const refused = await one.connect(2).then(
      () => false,
      () => true,
    )
    expect(refused, 'connecting to nobody should be rejected')
  })

  on('close: links end at both ends, streams complete, and closing twice is fine', async bench => {
    const [one, two] = await open(bench, 1, 2)
    const [learner, leader] = await linked(one, two, 2)
    const atLeader = collect(leader)
    const atLearner = collect(learner)
    const announced: Observable<unknown>[] = [two.votes$, two.links$]
    const streams = announced.map(stream => new Promise<void>(resolve => void stream.subscribe({ complete: resolve })))
    await Promise.all([two.close(), two.close()])
    await Promise.all(streams)
    await atLearner.over
    await atLeader.over
    two.sendVote(1, Uint8Array.of(1))
    expectEqual(learner.send(packet(1)), false, 'send on a link that is over')
  })

  if (can.cut) {
    on('cut: a link breaks as a whole: what arrived has no gaps, and both ends learn of it', async bench => {
      const [one, two] = await open(bench, 1, 2)
      const [learner, leader] = await linked(one, two, 2)
      const atLeader = collect(leader)
      const atLearner = collect(learner)
      for (let n = 2; n < 200; n++) learner.send(packet(n))
      await atLeader.reaches(1)
      bench.cut!(1, 2)
      expectEqual(await atLeader.over, 'error', 'how it ends at the leader')
      expectEqual(await atLearner.over, 'error', 'how it ends at the learner')
      expectAllBytes(
        atLeader.packets,
        range(1, atLeader.packets.length + 1).map(size => packet(size)),
        'packets at the leader',
      )
    })

    on('cut: once the network is whole again, a new link begins afresh, and votes arrive', async bench => {
      if (bench.join === undefined) return
      const [one, two] = await open(bench, 1, 2)
      const [learner, leader] = await linked(one, two, 2)
      const ends = [collect(learner), collect(leader)]
      for (let n = 2; n < 50; n++) learner.send(packet(n))
      bench.cut!(1, 2)
      for (const end of ends) await end.over
      const links: Collected[] = []
      two.links$.subscribe(link => links.push(collect(link)))
      // Whoever lost a link tries until it has another one.
      const attempt = mending(bench.join, bench)
      const next = await attempt(() => one.connect(2))
      for (const size of [7, 8]) next.send(packet(size))
      next.close()
      await attempt(async () => expect(links.at(-1)?.packets.length === 2, 'both packets should arrive'))
      expectAllBytes(links.at(-1)!.packets, [packet(7), packet(8)], 'packets over the new link')
      const votes: Uint8Array[] = []
      one.votes$.subscribe(({ message }) => votes.push(message))
      await attempt(async () => {
        two.sendVote(1, Uint8Array.of(3))
        expect(votes.length > 0, 'a vote should arrive')
      })
      expectEqual(votes[0], Uint8Array.of(3), 'the vote')
    })
  }
}

/** Tries over and over, with the network mended and some time passed before each attempt. */
function mending(join: NonNullable<PeerTransportBench['join']>, bench: PeerTransportBench) {
  return async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let left = ATTEMPTS; ; left--) {
      await join.call(bench, 1, 2)
      try {
        return await attempt()
      } catch (error) {
        if (left === 0) throw error
      }
    }
  }
}

/** More than any transport needs: a network that does not heal is told by them. */
const ATTEMPTS = 1000

/** A packet that is told from others by its length. */
function packet(size: number): Uint8Array {
  return encodePacket(PacketType.PROPOSAL, size, payload(size))
}

/** No sessions, one ACL, the root and one znode, the end, and the signature that closes a snapshot on a link. */
function smallSnapshot(): Uint8Array {
  const writer = new JuteWriter()
  ACL.write(writer, { perms: 31, id: { scheme: 'world', id: 'anyone' } })
  const acl = writer.take()
  writer.int(0)
  writer.int(1)
  writer.long(1)
  writer.int(1)
  writer.raw(acl)
  for (const path of ['', '/a']) {
    writer.ustring(path)
    writer.buffer(payload(100))
    writer.long(1)
    writer.raw(new Uint8Array(STAT_PERSISTED_BYTES))
  }
  writer.ustring('/')
  writer.ustring('BenWasHere')
  return writer.take()
}

const STAT_PERSISTED_BYTES = 60

interface Collected {
  readonly packets: Uint8Array[]
  readonly over: Promise<'complete' | 'error'>
  reaches(count: number): Promise<void>
  /** Waits for this many bytes. */
  totals(bytes: number): Promise<void>
}

function collect(link: PeerLink): Collected {
  const packets: Uint8Array[] = []
  let wake = () => {}
  const over = new Promise<'complete' | 'error'>(resolve => {
    link.packets$.subscribe({
      next: packet => {
        packets.push(concat([packet]))
        wake()
      },
      complete: () => resolve('complete'),
      error: () => resolve('error'),
    })
  })
  return {
    packets,
    over,
    async reaches(count) {
      while (packets.length < count) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    async totals(bytes) {
      while (packets.reduce((sum, { length }) => sum + length, 0) < bytes) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, index) => from + index)
}
