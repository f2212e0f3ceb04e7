/** A learner is brought in step: what must have happened before it says so. */
import type { Zxid } from '@menagerie/core'
import { PacketType } from '@menagerie/core/zab'
import { goOnWithoutLeader, rejoinAsQuorum } from './common.js'
import type { Scenario } from './scenario.js'

export const synchronisationScenarios: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-2678: a follower dies right after its ACK of NEWLEADER, and what the DIFF brought is on its disk',
    seed: 1,
    failsWith: ['acknowledges proposals long before their sync'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      await stage.packet(PacketType.DIFF, { to: cast.late })
      await stage.packet(PacketType.PROPOSAL, { to: cast.late })
      await stage.packet(PacketType.ACK, { on: 'sent', from: cast.late })
      stage.crash(cast.late)
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-3104: NEWLEADER comes after the last transaction of the DIFF, so that its ACK speaks of all of them',
    seed: 2,
    failsWith: ['has NEWLEADER overtake the transactions of a DIFF'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      const begin = stage.trace.events.length
      const { zxid: to } = await stage.packet(PacketType.DIFF, { to: cast.late })
      await stage.packet(PacketType.ACK, { on: 'sent', from: cast.late })
      stage.crash(cast.late)
      await goOnWithoutLeader(stage, cast)
      const events = stage.trace.events.slice(begin)
      const diff = events.findIndex(event => stage.isPacket(event, PacketType.DIFF, { on: 'sent', to: cast.late }))
      const last = events.findIndex(
        event => stage.isPacket(event, PacketType.PROPOSAL, { on: 'sent', to: cast.late }) && event.zxid === to,
      )
      const newLeader = events.findIndex(
        (event, index) => index > diff && stage.isPacket(event, PacketType.NEWLEADER, { on: 'sent', to: cast.late }),
      )
      stage.check(diff < last && last < newLeader, `DIFF at ${diff}, its end at ${last}, NEWLEADER at ${newLeader}`)
    },
  },
  {
    name: 'ZOOKEEPER-3911: leader and follower die in the moment in which the leader begins to serve',
    seed: 3,
    failsWith: ['acknowledges proposals long before their sync'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      await stage.packet(PacketType.PROPOSAL, { to: cast.late })
      await stage.until('the leader serves', () => stage.roleOf(cast.leader) === 'leading')
      stage.crash(cast.leader)
      stage.crash(cast.late)
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-4785: a follower is started anew while it logs a DIFF, and votes with the part that it has',
    seed: 4,
    failsWith: ['writes the current epoch together with the accepted one'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage, ({ late }) => stage.slowDisk(late, 40))
      await stage.packet(PacketType.DIFF, { to: cast.late })
      await stage.disk(cast.late, 'sync', 'begins')
      stage.check(stage.diskOf(cast.late).unsynced.length > 0, 'nothing of the DIFF is on its way to the disk')
      stage.crash(cast.late, { tail: 0.5 })
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-2845: a leader that was deposed starts with transactions that nobody else has, and gives them up',
    seed: 5,
    failsWith: ['keeps what its leader tells it to cut off'],
    async run(stage) {
      const leader = await stage.settled()
      const others = stage.others(leader)
      await stage.commits(15)
      const heard = others.map(other => stage.silence(leader, other))
      const own: Zxid[] = []
      while (own.length < 3) own.push((await stage.disk(leader, 'append', 'done')).value)
      stage.crash(leader, { tail: 1 })
      for (const other of others) stage.breakLinks(leader, other)
      for (const end of heard) end()
      await stage.settled(others)
      await stage.commits(5)
      stage.start(leader)
      await stage.packet(PacketType.TRUNC, { to: leader })
      await stage.settled()
      const kept = stage.diskOf(leader).records.filter(({ zxid }) => own.includes(zxid))
      stage.check(kept.length === 0, `it has kept ${kept.length} of them`)
    },
  },
  {
    name: 'ZOOKEEPER-2418, 4925: who came into step while proposals were under way has all of them to hand on',
    seed: 6,
    failsWith: ['leaves out a record when it reads the log'],
    async run(stage) {
      // The one with the highest id wins an election among equals: it has to be the one that comes later.
      const late = stage.servers.at(-1)!
      await stage.settled()
      stage.crash(late, { tail: 1 })
      const leader = await stage.settled(stage.others(late))
      const [other] = stage.others(late, leader)
      await stage.commits(10)
      stage.slowDisk(late, 60)
      stage.start(late)
      await stage.packet(PacketType.NEWLEADER, { to: late })
      await stage.packet(PacketType.PROPOSAL, { to: late })
      await stage.packet(PacketType.PROPOSAL, { to: late })
      await stage.packet(PacketType.UPTODATE, { to: late })
      stage.usualDisk(late)
      const rejoin = stage.cutOff(other)
      await stage.commits(5)
      stage.crash(leader, { tail: 1 })
      rejoin()
      await stage.packet(PacketType.DIFF, { from: late, to: other })
      await stage.packet(PacketType.PROPOSAL, { from: late, to: other })
      const joined = await stage.next(
        'the term of the other one begins or ends',
        event => event.kind === 'role' && event.server === other,
      )
      stage.check(joined.kind === 'role' && joined.role === 'following', 'what it was handed on has a hole')
      await stage.settled([late, other])
      stage.start(leader)
      await stage.settled()
    },
  },
]
