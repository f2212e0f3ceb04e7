/** What a change of the ensemble is worth before it is committed, to those who have heard of it. */
import { type ServerId, type Zxid, zxidEpoch } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import type { Reconfig, Stage } from '@menagerie/core/simulation'
import { PacketType } from '@menagerie/core/zab'
import type { Scenario } from './scenario.js'

/** The first configuration. */
const FIRST: readonly ServerId[] = [1, 2, 3]
/** Time enough to lose a leader and to elect another one. */
const ELECTION_MS = 2000
/** Among clients. */
const ADMINISTRATOR = 0
/** Where a record's transaction type stands: behind session, cxid, zxid and time. */
const TYPE_AT = 28

export const reconfigurationScenarios: readonly Scenario[] = [
  {
    name: 'a reconfiguration that was cut off is in force nowhere, and its server joins the next leaders',
    seed: 71,
    spares: 1,
    failsWith: [],
    async run(stage) {
      const leader = await stage.settled(FIRST)
      const [one, other] = FIRST.filter(id => id !== leader)
      await stage.until('the administrator has a session', () => stage.sessionOf(ADMINISTRATOR) !== 0n)
      await stage.commits(5)
      ask(stage, { joining: [{ server: 4, role: 'observer' }], startsMs: 100 })
      await stage.passes(50)
      const release = stage.hold(PacketType.PROPOSAL, { from: leader })
      await stage.until('the leader has logged the reconfiguration', () => hasLogged(stage, leader))
      const rejoin = stage.cutOff(leader)
      stage.crash(leader)
      release()
      await stage.settled([one, other])
      await stage.commits(5)
      rejoin()
      stage.start(leader)
      await stage.settled(FIRST)
      stage.restart(leader)
      await stage.next('it starts again', event => event.kind === 'starts' && event.server === leader)
      await stage.settled(FIRST)
      await stage.commits(3)
    },
  },
  {
    name: 'who joins while a reconfiguration is under way does not go by it before it is committed',
    seed: 72,
    spares: 2,
    failsWith: ['takes a configuration that its leader has only proposed for one in force'],
    async run(stage) {
      const leader = await stage.settled(FIRST)
      const [one, other] = FIRST.filter(id => id !== leader)
      const spares: readonly ServerId[] = [4, 5]
      const members = [...spares, leader].map(server => ({ server, role: 'participant' }) as const)
      ask(stage, { members, startsMs: 300 })
      await stage.settled([...FIRST, ...spares])
      const releases = [one, other].map(to => stage.hold(PacketType.PROPOSAL, { from: leader, to }))
      await stage.until('all but the old servers have logged it', () =>
        [...spares, leader].every(id => hasLogged(stage, id)),
      )
      for (const spare of spares) {
        stage.breakLinks(leader, spare)
        await stage.until('it looks for the leader', () => stage.roleOf(spare) === 'looking')
        await stage.settled([...spares, leader])
      }
      const rejoin = stage.cutOff(leader)
      stage.crash(leader)
      for (const release of releases) release()
      await stage.passes(ELECTION_MS)
      const roles = [one, other].map(id => stage.roleOf(id)).sort()
      stage.check(roles.join() === 'following,leading', `the old servers, which know of nothing, are ${roles}`)
      await stage.settled([one, other])
      await stage.commits(5)
      await stage.settled([one, other, ...spares])
      rejoin()
      stage.start(leader)
      await stage.settled()
      await stage.commits(3)
    },
  },
  {
    name: "who has no vote and has logged what no voter has is cut back, and ends nobody's term",
    seed: 73,
    spares: 1,
    failsWith: [],
    async run(stage) {
      const leader = await stage.settled(FIRST)
      const [follower, successor] = FIRST.filter(id => id !== leader)
      await stage.until('the administrator has a session', () => stage.sessionOf(ADMINISTRATOR) !== 0n)
      await stage.commits(5)
      // Its machine starts; the request is refused.
      ask(stage, { joining: [{ server: 4, role: 'participant' }], startsMs: 100, condition: 'stale' })
      await stage.settled([...FIRST, 4])
      await stage.passes(300)
      const releases = [follower, successor].map(to => stage.hold(PacketType.PROPOSAL, { from: leader, to }))
      stage.slowDisk(leader, 5000)
      await stage.until('the server without a vote has logged more than the others', () =>
        FIRST.every(id => lastOf(stage, id) < lastOf(stage, 4)),
      )
      const rejoin = stage.cutOff(leader)
      stage.crash(leader)
      for (const release of releases) release()
      const release = stage.hold(PacketType.ACKEPOCH, { from: follower, to: successor })
      const { zxid: offered } = await stage.packet(PacketType.LEADERINFO, { from: successor, to: 4 })
      await stage.packet(PacketType.ACKEPOCH, { from: 4, to: successor })
      release()
      const { zxid: begun } = await stage.packet(PacketType.NEWLEADER, { on: 'sent' })
      stage.check(begun === offered, `epoch ${zxidEpoch(offered)} was given up for ${zxidEpoch(begun)}`)
      await stage.settled([follower, successor, 4])
      await stage.commits(5)
      rejoin()
      stage.usualDisk(leader)
      stage.start(leader)
      await stage.settled([...FIRST, 4])
      await stage.commits(3)
    },
  },
]

/** The last zxid that is durable on the disk of a server. */
function lastOf(stage: Stage, server: ServerId): Zxid {
  return stage.diskOf(server).records.at(-1)?.zxid ?? 0
}

function ask(stage: Stage, change: Partial<Reconfig>): void {
  stage.reconfigure({ kind: 'reconfig', atMs: 0, condition: 'none', startsMs: null, stops: false, ...change })
}

/** Whether a reconfiguration stands durable in the log of a server. */
function hasLogged(stage: Stage, server: ServerId): boolean {
  return stage
    .diskOf(server)
    .records.some(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getInt32(TYPE_AT) === OpCode.reconfig)
}
