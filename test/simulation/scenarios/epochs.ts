/** What is promised of epochs, and how one ends. */
import { type ServerId, zxidCounter, zxidEpoch } from '@menagerie/core'
import { PacketType } from '@menagerie/core/zab'
import { goOnWithoutLeader, rejoinAsQuorum } from './common.js'
import type { Scenario } from './scenario.js'

const COUNTER_MAX = 20

export const epochScenarios: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-2307: servers die between the two files of their epochs, and start again',
    seed: 31,
    failsWith: [],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      const { leader, late } = cast
      await stage.disk(late, 'acceptedEpoch', 'done')
      stage.crash(late)
      const { accepted, current } = stage.diskOf(late).epochs
      stage.check(accepted > current, `accepted ${accepted}, current ${current}`)
      stage.start(late)
      await stage.disk(leader, 'currentEpoch', 'begins')
      stage.crash(leader)
      stage.check(stage.diskOf(leader).epochs.accepted > stage.diskOf(leader).epochs.current, 'no file is behind')
      stage.start(leader)
      await stage.settled([leader, late])
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-2354: the epoch of a term in which nothing was written is used by nobody else',
    seed: 32,
    failsWith: ['forgets the epochs that it has promised'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      const { leader, late } = cast
      await stage.packet(PacketType.NEWLEADER, { to: late })
      await stage.until('the leader serves', () => stage.roleOf(leader) === 'leading')
      stage.crash(leader)
      stage.crash(late)
      await goOnWithoutLeader(stage, cast)
      const leaders = new Map<number, ServerId>()
      for (const event of stage.trace.events) {
        if (!stage.isPacket(event, PacketType.NEWLEADER, { on: 'sent' })) continue
        const epoch = zxidEpoch(event.zxid)
        const other = leaders.get(epoch) ?? event.from
        stage.check(other === event.from, `servers ${other} and ${event.from} both led epoch ${epoch}`)
        leaders.set(epoch, event.from)
      }
    },
  },
  {
    name: 'ZOOKEEPER-1277: when the counter of an epoch is used up, the next one begins',
    seed: 33,
    options: new Map([['counterMax', COUNTER_MAX]]),
    failsWith: [],
    async run(stage) {
      await stage.settled()
      const usedUp = new Set<number>()
      while (usedUp.size < 3) {
        // Each server delivers it: the next one that counts is of another epoch.
        await stage.next('a transaction with the last zxid of an epoch', event => {
          if (event.kind !== 'delivered' || zxidCounter(event.zxid) !== COUNTER_MAX - 1) return false
          return usedUp.size < usedUp.add(zxidEpoch(event.zxid)).size
        })
        await stage.settled()
      }
      await stage.commits(1)
      const zxids = [...stage.trace.delivered]
      stage.check(Math.max(...zxids.map(zxidCounter)) < COUNTER_MAX, 'a counter has run over')
      stage.check(new Set(zxids.map(zxidEpoch)).size > 3, 'fewer epochs than there were roll-overs')
    },
  },
]
