/** Two links to the leader that claim the id of one server. */
import type { PeerLink, ServerId } from '@menagerie/core'
import {
  decodePacket,
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  PacketType,
  PROTOCOL_VERSION,
} from '@menagerie/core/zab'
import t from 'tap'
import { settle } from '../server/harness.js'
import { TestEnsemble } from './support.js'

const STRANGER = 77
const TICK_MS = 200

/** Opens a link to the leader, under the name of another server. */
async function claim(ensemble: TestEnsemble, leader: ServerId, id: ServerId, { mute = false } = {}) {
  const stranger = ensemble.network.transport(STRANGER)
  await stranger.open(STRANGER, new Map(ensemble.ids.map(id => [id, []])))
  const link: PeerLink = await stranger.connect(leader)
  const claimed = { link, packets: 0, inStep: false, over: false }
  link.packets$.subscribe({
    next: bytes => {
      claimed.packets++
      if (mute) return
      const { type, zxid } = decodePacket(bytes)
      // As a learner with an empty log would.
      if (type === PacketType.LEADERINFO) link.send(encodePacket(PacketType.ACKEPOCH, 0, encodeInt(0)))
      if (type === PacketType.NEWLEADER) link.send(encodePacket(PacketType.ACK, zxid))
      if (type === PacketType.UPTODATE) claimed.inStep = true
      if (type === PacketType.PING) link.send(encodePacket(PacketType.PING, zxid))
    },
    complete: () => void (claimed.over = true),
    error: () => void (claimed.over = true),
  })
  const info = encodeLearnerInfo({ serverId: id, protocolVersion: PROTOCOL_VERSION, configVersion: 0 })
  link.send(encodePacket(PacketType.FOLLOWERINFO, 0, info))
  await settle()
  return claimed
}

t.test('whoever claims the id of a follower that answers is refused, and the follower notices nothing', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [victim] = ensemble.followerIds
  const roles: string[] = []
  const client = await ensemble.get(victim).connect(4000)
  ensemble.get(victim).server.role$.subscribe(role => void roles.push(role))
  const claimed = await claim(ensemble, leader, victim)
  await ensemble.until(() => claimed.over, 'the end of the link that is a lie')
  t.equal(claimed.packets, 0, 'it was told nothing')
  t.strictSame(roles, ['following'])
  t.equal((await client.ask(client.create('/a')))[0].err, 0)
})

t.test('a link whose follower does not answer within a tick gives way to the one that came after it', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [gone] = ensemble.followerIds
  // It is there no more, and nothing has told the leader so.
  ensemble.network.slow(gone, leader, 600_000)
  const before = ensemble.clock.monotonic()
  const claimed = await claim(ensemble, leader, gone)
  await ensemble.until(() => claimed.packets > 0, 'the epoch for the link that came after it')
  t.ok(ensemble.clock.monotonic() - before <= 2 * TICK_MS)
})

t.test('a follower that comes again is taken at once where its earlier link has ended', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [restarted] = ensemble.followerIds
  await ensemble.crash(restarted)
  await ensemble.start(restarted)
  const before = ensemble.clock.monotonic()
  await ensemble.until(() => ensemble.roleOf(restarted) === 'following', 'the follower that was restarted')
  t.ok(ensemble.clock.monotonic() - before < 5 * TICK_MS)
  t.equal(ensemble.leaderId, leader)
})

t.test('who has taken the id of a server while it was away does not keep it out', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [restarted] = ensemble.followerIds
  await ensemble.crash(restarted)
  const claimed = await claim(ensemble, leader, restarted)
  await ensemble.until(() => claimed.inStep, 'a stranger in step: nobody else has this id')
  await ensemble.start(restarted)
  await ensemble.until(() => ensemble.roleOf(restarted) === 'following', 'the follower, which comes from its own place')
  t.ok(claimed.over)
})

t.test('of two links that came at once under one id, the first in step stays and the other goes', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const [restarted] = ensemble.followerIds
  await ensemble.crash(restarted)
  const claimed = await claim(ensemble, leader, restarted, { mute: true })
  t.equal(claimed.packets, 1, 'nobody has a link under this id: it is told the epoch')
  await ensemble.start(restarted)
  await ensemble.until(() => ensemble.roleOf(restarted) === 'following', 'the follower that was restarted')
  t.ok(claimed.over)
})
