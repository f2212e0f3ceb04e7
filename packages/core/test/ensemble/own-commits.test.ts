/** Followers that commit by themselves, as soon as a quorum has what their clients wait for. */
import type { PeerLink, PeerTransport, ServerId } from '@menagerie/core'
import { filter, map } from 'rxjs'
import t, { type Test } from 'tap'
import { decodePacket, encodePacket, PacketType, type QuorumPacket } from '../../dist/zab/packets/index.js'
import { zxidCounter } from '../../dist/zxid.js'
import { settle } from '../server/harness.js'
import { replaced, TestEnsemble } from './support.js'

/** What a test does to the packets between a learner and its leader: lets them pass, drops them, or sends others instead. */
interface Way {
  toLeader?(packet: QuorumPacket, bytes: Uint8Array): Uint8Array | null
  toLearner?(packet: QuorumPacket): boolean
}

function through(transport: PeerTransport, way: Way): PeerTransport {
  const tapped = (link: PeerLink) =>
    replaced(link, {
      send(bytes) {
        const instead = way.toLeader?.(decodePacket(bytes), bytes)
        return instead === null ? true : link.send(instead ?? bytes)
      },
      packets$: link.packets$.pipe(filter(bytes => way.toLearner?.(decodePacket(bytes)) ?? true)),
    })
  return replaced(transport, { connect: async (...to) => tapped(await transport.connect(...to)) })
}

/** Three servers: the leader, the follower whose client writes, and the other one. */
async function start(t: Test, wayOf: (id: ServerId) => Way) {
  const ensemble = await TestEnsemble.start(3, { transportOf: (id, transport) => through(transport, wayOf(id)) })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [near, other] = ensemble.followerIds
  const client = await ensemble.get(near).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  const create = (path: string) => client.send(client.create(path))
  const isAnswered = () => client.replies.length > 0
  const lastOf = (id: ServerId) => ensemble.get(id).server.lastZxid
  return { ensemble, leader, near, other, client, create, isAnswered, lastOf }
}

const isAck = ({ type, zxid }: QuorumPacket) => type === PacketType.ACK && zxidCounter(zxid) > 0

t.test('a follower answers its client before its leader has heard of its vote', async t => {
  let acksAreLost = false
  const wayOf = (): Way => ({ toLeader: (packet, bytes) => (acksAreLost && isAck(packet) ? null : bytes) })
  const { leader, near, create, isAnswered, lastOf, ensemble } = await start(t, wayOf)
  acksAreLost = true
  create('/n')
  await ensemble.until(isAnswered, 'the reply')
  t.ok(lastOf(near) > lastOf(leader), 'the leader does not know that it is committed')
  await ensemble.crash(leader)
  acksAreLost = false
  await ensemble.untilServing()
  for (const id of ensemble.servers.keys()) {
    const reader = await ensemble.get(id).connect()
    await ensemble.until(() => reader.sessionId !== 0n, 'a session')
    reader.send(reader.exists('/n'))
    await ensemble.until(() => reader.replies.length > 0, 'the reply')
    t.equal(reader.replies[0].err, 0, `server ${id} has it when the leader is gone`)
  }
})

t.test('but not before it has the write on its own disk', async t => {
  let [near, acksAreLost] = [0, false]
  const wayOf = (id: ServerId): Way => ({
    toLeader: (packet, bytes) => (acksAreLost && id !== near && isAck(packet) ? null : bytes),
  })
  const started = await start(t, wayOf)
  const { create, isAnswered, ensemble } = started
  near = started.near
  acksAreLost = true
  const { log } = ensemble.get(near)
  log.hold()
  create('/n')
  await ensemble.until(() => log.pending > 0, 'its flush')
  await settle()
  t.notOk(isAnswered())
  log.release()
  await ensemble.until(isAnswered, 'the reply')
})

t.test('it does not wait for its own disk where the others are a quorum', async t => {
  const { near, create, isAnswered, ensemble } = await start(t, () => ({}))
  const { log } = ensemble.get(near)
  log.hold()
  create('/n')
  await ensemble.until(isAnswered, 'the reply')
  t.equal(log.pending, 1)
  log.release()
})

t.test('while its leader has not flushed it waits for the vote of another', async t => {
  let acksAreLost = false
  const wayOf = (): Way => ({ toLeader: (packet, bytes) => (acksAreLost && isAck(packet) ? null : bytes) })
  const { leader, create, isAnswered, ensemble } = await start(t, wayOf)
  acksAreLost = true
  const { log } = ensemble.get(leader)
  log.hold()
  create('/n')
  await ensemble.until(() => log.pending > 0, "the leader's flush")
  await settle()
  t.notOk(isAnswered())
  log.release()
  await ensemble.until(isAnswered, 'the reply')
})

t.test('a follower that does not say so gets a COMMIT for each transaction, as Apache sends them', async t => {
  const types = new Set<number>()
  const wayOf = (): Way => ({
    toLeader: ({ type, zxid, data }, bytes) =>
      type === PacketType.ACK && data !== null ? encodePacket(PacketType.ACK, zxid) : bytes,
    toLearner({ type }) {
      types.add(type)
      return true
    },
  })
  const { create, isAnswered, ensemble } = await start(t, wayOf)
  types.clear()
  create('/n')
  await ensemble.until(isAnswered, 'the reply')
  t.ok(types.has(PacketType.COMMIT))
  t.notOk(types.has(PacketType.COMMITTHROUGH) || types.has(PacketType.COMMITONCEDURABLE))
})

for (const type of [PacketType.COMMITTHROUGH, PacketType.COMMITONCEDURABLE]) {
  t.test(`a ${name(type)} that is out of place ends the link, and the ensemble goes on`, async t => {
    let send = (_bytes: Uint8Array) => true
    let isEarly = false
    const ensemble = await TestEnsemble.start(3, {
      transportOf: (_id, transport) =>
        replaced(transport, {
          links$: transport.links$.pipe(
            map(link => {
              send = bytes => link.send(bytes)
              return replaced(link, {
                send(bytes) {
                  if (isEarly && decodePacket(bytes).type === PacketType.UPTODATE) link.send(encodePacket(type, 0))
                  return link.send(bytes)
                },
              })
            }),
          ),
        }),
    })
    t.teardown(() => ensemble.close())
    await ensemble.untilServing()
    const told = (words: RegExp) => () =>
      [...ensemble.servers.values()].some(({ warnings }) => warnings.some(warning => words.test(warning)))
    const beyond = /the leader commits 0x10000000000, and has proposed up to 0x/
    t.notOk(told(beyond)())
    isEarly = true
    send(encodePacket(type, 2 ** 40))
    await ensemble.until(told(beyond), 'a warning of what was not proposed')
    const early = new RegExp(`sent a packet of type ${type} during synchronisation`)
    await ensemble.until(told(early), 'a warning of what comes before UPTODATE')
    isEarly = false
    t.ok(await ensemble.untilServing())
  })
}

function name(type: number): string | undefined {
  return Object.entries(PacketType).find(([, number]) => number === type)?.[0]
}
