/** What strangers and broken servers send to the ports between servers ends their own link, and nothing else. */
import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@menagerie/client'
import t from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { Load } from '../support/ensemble-load.js'

t.setTimeout(600_000)

/** No server of the ensemble. */
const STRANGER = 77
const PROTOCOL_VERSION = 0x10000

const int = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const long = (value: bigint | number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

enum Type {
  Request = 1,
  Proposal = 2,
  Ack = 3,
  Ping = 5,
  Revalidate = 6,
  NewLeader = 10,
  FollowerInfo = 11,
  ObserverInfo = 16,
  LeaderInfo = 17,
  AckEpoch = 18,
}

/** A QuorumPacket without authInfo. */
function packet(type: number, zxid: bigint | number, data = Buffer.alloc(0)): Buffer {
  return Buffer.concat([int(type), long(zxid), int(data.length), data, int(-1)])
}
const info = (id: number) => Buffer.concat([long(id), int(PROTOCOL_VERSION), long(0)])

/** A connection from outside, and what came back on it. */
class Stranger {
  received = Buffer.alloc(0)
  readonly closed: Promise<void>

  private constructor(readonly socket: Socket) {
    socket.on('data', chunk => {
      this.received = Buffer.concat([this.received, chunk])
    })
    socket.on('error', () => {})
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
  }

  static to(port: number): Promise<Stranger> {
    return new Promise((resolve, reject) => {
      const socket = connectSocket(port, '127.0.0.1', () => resolve(new Stranger(socket)))
      socket.once('error', reject)
    })
  }

  /** Resolves with the index of these bytes in what came, once they are there. */
  async until(bytes: Buffer): Promise<number> {
    while (!this.received.includes(bytes)) {
      if (this.socket.destroyed) throw new Error('the link was closed in the handshake')
      await delay(10)
    }
    return this.received.indexOf(bytes)
  }

  /** Joins the leader as an observer, up to where it is sent the broadcast. */
  async join(): Promise<bigint> {
    this.socket.write(packet(Type.ObserverInfo, 0, info(STRANGER)))
    const at = await this.until(int(Type.LeaderInfo))
    while (this.received.length < at + 24) await delay(10)
    const epoch = this.received.readBigInt64BE(at + 4)
    this.socket.write(packet(Type.AckEpoch, 0, int(0)))
    await this.until(Buffer.concat([int(Type.NewLeader), long(epoch)]))
    this.socket.write(packet(Type.Ack, epoch))
    return epoch
  }
}

type Case = readonly [name: string, send: (stranger: Stranger) => void | Promise<void>]

const quorum: readonly Case[] = [
  ['bytes without sense', ({ socket }) => void socket.write(Buffer.alloc(64, 0xa5))],
  ['a packet of two gigabytes', ({ socket }) => void socket.write(Buffer.concat([int(11), long(0), int(0x7fffffff)]))],
  [
    'a packet of negative length',
    ({ socket }) => void socket.write(Buffer.concat([int(11), long(0), int(-5), int(-1)])),
  ],
  ['half a packet', ({ socket }) => void socket.end(packet(Type.FollowerInfo, 0, info(STRANGER)).subarray(0, 20))],
  ['a proposal as its first packet', ({ socket }) => void socket.write(packet(Type.Proposal, 1, Buffer.alloc(40)))],
  ['a short introduction', ({ socket }) => void socket.write(packet(Type.FollowerInfo, 0, Buffer.alloc(3)))],
  [
    'a packet out of turn',
    async ({ socket }) =>
      void socket.write(Buffer.concat([packet(Type.ObserverInfo, 0, info(STRANGER)), packet(Type.Ping, 0)])),
  ],
  [
    'the acknowledgement of what was never proposed',
    async stranger => void stranger.socket.write(packet(Type.Ack, (await stranger.join()) + 0x7fff_0000n)),
  ],
  [
    'a request that cannot be read',
    async stranger => {
      await stranger.join()
      stranger.socket.write(packet(Type.Request, 0, Buffer.alloc(5)))
    },
  ],
  [
    'a heartbeat that cannot be read',
    async stranger => {
      await stranger.join()
      stranger.socket.write(packet(Type.Ping, 0, Buffer.alloc(5)))
    },
  ],
  [
    'a question about no session',
    async stranger => {
      await stranger.join()
      stranger.socket.write(packet(Type.Revalidate, 0))
    },
  ],
  [
    'a packet of a type that nobody knows',
    async stranger => {
      await stranger.join()
      stranger.socket.write(packet(99, 0))
    },
  ],
]

/** Protocol version 1, the id, and the address of an election port. */
const hello = (id: number, address: string) =>
  Buffer.concat([long(-65536), long(id), int(address.length), Buffer.from(address)])
const known = hello(STRANGER, '127.0.0.1:1')

const election: readonly Case[] = [
  ['bytes without sense', ({ socket }) => void socket.write(Buffer.alloc(64, 0xa5))],
  [
    'an address of two gigabytes',
    ({ socket }) => void socket.write(Buffer.concat([long(-65536), long(5), int(0x7fffffff)])),
  ],
  ['an address that is none', ({ socket }) => void socket.write(hello(STRANGER, 'nowhere'))],
  ['half a greeting', ({ socket }) => void socket.end(known.subarray(0, 12))],
  ['a vote of a gigabyte', ({ socket }) => void socket.write(Buffer.concat([known, int(0x40000000)]))],
  ['a vote of negative length', ({ socket }) => void socket.write(Buffer.concat([known, int(-1)]))],
]

t.test('what strangers send ends their link, for a reason that is logged, and disturbs nobody', async t => {
  // Where servers can join, one that is not listed gets further than its introduction.
  const config = { reconfigEnabled: 'true' }
  await using ensemble = await Ensemble.start(['menagerie', 'menagerie', 'menagerie'], { config })
  const leader = await ensemble.leader()
  const load = await Load.start(ensemble.servers.map(({ address }) => address))
  await load.more(10)
  for (const [port, cases, reason] of [
    [leader.place.quorumPort, quorum, /closed the link to|closing the link of a learner|a learner has left/],
    [leader.place.electionPort, election, /closed (an|the) election connection/],
  ] as const) {
    for (const [name, send] of cases) {
      const before = leader.output.length
      // Reasons are logged once a second at most: so again, until it is this one's turn.
      do {
        const stranger = await Stranger.to(port)
        await send(stranger)
        await stranger.closed
      } while (!reason.test(leader.output.slice(before)))
      await load.more(5)
      t.pass(name)
    }
  }
  // Whoever takes a follower's name ends neither its link nor its votes.
  const [follower] = await ensemble.followers()
  const liar = await Stranger.to(leader.place.quorumPort)
  liar.socket.write(packet(Type.FollowerInfo, 0, info(follower.id)))
  await liar.closed
  t.match(leader.output, /has another link, which is alive/)
  const liarVotes = await Stranger.to(leader.place.electionPort)
  liarVotes.socket.write(hello(follower.id, '127.0.0.1:1'))
  await load.more(20)
  liarVotes.socket.destroy()
  // Votes that say nothing are dropped; the connection stays.
  const voter = await Stranger.to(leader.place.electionPort)
  voter.socket.write(Buffer.concat([known, int(3), Buffer.alloc(3), int(200), Buffer.alloc(200, 0xff)]))
  await load.more(20)
  voter.socket.destroy()
  await load.end()
  t.equal((await ensemble.leader()).id, leader.id, 'the same server leads')
  for (const server of ensemble.servers) t.equal(server.running, true)
  for (const { path, losses } of load.writers) t.equal(losses, 0, `no request of ${path} broke off`)
  await load.close()
  const client = await connect(leader.address)
  await client.sync('/')
  await client.close()
})
