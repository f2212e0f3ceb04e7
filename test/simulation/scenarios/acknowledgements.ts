/** What a follower acknowledges, and when. */
import type { ServerId } from '@menagerie/core'
import { zxidCounter } from '@menagerie/core'
import type { Stage } from '@menagerie/core/simulation'
import { PacketType } from '@menagerie/core/zab'
import { fallBehind, goOnWithoutLeader, rejoinAsQuorum } from './common.js'
import type { Scenario } from './scenario.js'

export const acknowledgementScenarios: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-3023, 4646: a follower takes a DIFF, dies before its disk is synced, and takes part in the next election',
    seed: 11,
    failsWith: ['acknowledges proposals before their sync'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage, ({ late }) => stage.slowDisk(late, 50))
      await stage.packet(PacketType.DIFF, { to: cast.late })
      await stage.packet(PacketType.NEWLEADER, { to: cast.late })
      stage.check(stage.diskOf(cast.late).unsynced.length > 0, 'its disk is synced already')
      // Whatever else it had begun to write comes to its end.
      stage.crash(cast.late, { tail: 0, progress: 1 })
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-3023: the leader dies between NEWLEADER and UPTODATE',
    seed: 12,
    failsWith: ['has NEWLEADER overtake the transactions of a DIFF'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      await stage.packet(PacketType.NEWLEADER, { to: cast.late })
      stage.hold(PacketType.UPTODATE, { to: cast.late })
      await stage.packet(PacketType.UPTODATE, { on: 'sent', to: cast.late })
      stage.crash(cast.leader)
      stage.breakLinks(cast.leader, cast.late)
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-4643: a follower dies while it writes the epoch, which is the last thing that it writes',
    seed: 13,
    failsWith: ['acknowledges proposals before their sync'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage, ({ late }) => stage.slowDisk(late, 20))
      await stage.packet(PacketType.PROPOSAL, { to: cast.late })
      await stage.disk(cast.late, 'currentEpoch', 'begins')
      // The epoch makes it to the disk, and nothing that was not there before it.
      stage.crash(cast.late, { tail: 0, progress: 1 })
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-4685: proposals that come between NEWLEADER and UPTODATE are acknowledged once each, in order, when durable',
    seed: 14,
    failsWith: ['acknowledges proposals before their sync'],
    async run(stage) {
      const { leader, late, rejoin } = await fallBehind(stage)
      stage.slowDisk(late, 80)
      rejoin()
      await stage.packet(PacketType.NEWLEADER, { to: late })
      const begin = stage.trace.events.length
      await stage.packet(PacketType.PROPOSAL, { to: late })
      await stage.packet(PacketType.PROPOSAL, { to: late })
      await stage.packet(PacketType.UPTODATE, { to: late })
      await stage.commits(10)
      stage.check(stage.roleOf(leader) === 'leading', 'the leader has given up')
      checkAcknowledgements(stage, late, begin)
    },
  },
  {
    name: 'ZOOKEEPER-4394, 4409: a COMMIT between NEWLEADER and UPTODATE finds what it commits',
    seed: 15,
    failsWith: ['drops proposals that come between NEWLEADER and UPTODATE'],
    async run(stage) {
      const { late, rejoin } = await fallBehind(stage)
      stage.slowDisk(late, 80)
      rejoin()
      await stage.packet(PacketType.NEWLEADER, { to: late })
      await stage.packet(PacketType.PROPOSAL, { to: late })
      await stage.packet(PacketType.COMMIT, { to: late })
      const joined = await stage.next(
        'the term of the follower begins or ends',
        event => event.kind === 'role' && event.server === late,
      )
      stage.check(joined.kind === 'role' && joined.role === 'following', 'it had to begin again')
      await stage.settled()
    },
  },
  {
    name: 'ZOOKEEPER-4712: a flush that outlives the term it began in acknowledges nothing to anybody',
    seed: 16,
    failsWith: [],
    async run(stage) {
      const leader = await stage.settled()
      const [slow] = stage.others(leader)
      await stage.commits(5)
      stage.slowDisk(slow, 150)
      await stage.packet(PacketType.PROPOSAL, { to: slow })
      await stage.disk(slow, 'sync', 'begins')
      const heal = stage.cutOff(leader)
      await stage.until('the term of the follower is over', () => stage.roleOf(slow) === 'looking')
      const ended = stage.trace.events.length
      await stage.disk(slow, 'sync', 'done')
      stage.usualDisk(slow)
      await stage.settled(stage.others(leader))
      await stage.commits(5)
      heal()
      await stage.settled()
      const stale = stage.trace.events
        .slice(ended)
        .find(event => stage.isPacket(event, PacketType.ACK, { on: 'sent', from: slow, to: leader }))
      stage.check(stale === undefined, `it acknowledged to its former leader: ${JSON.stringify(stale)}`)
    },
  },
]

/** ACKs of proposals rise, and each comes after the flush that has made its record durable. */
function checkAcknowledgements(stage: Stage, server: ServerId, begin: number): void {
  let [durable, acked] = [0, 0]
  for (const event of stage.trace.events.slice(begin)) {
    if (event.kind === 'disk' && event.server === server && event.step === 'sync' && event.on === 'done')
      durable = event.value
    if (!stage.isPacket(event, PacketType.ACK, { on: 'sent', from: server })) continue
    const counter = zxidCounter(event.zxid)
    if (counter === 0) continue
    stage.check(event.zxid > acked, `ACK of ${event.zxid} after that of ${acked}`)
    stage.check(event.zxid <= durable, `ACK of ${event.zxid}, and ${durable} is durable`)
    acked = event.zxid
  }
  stage.check(acked > 0, 'no proposal was acknowledged')
}
