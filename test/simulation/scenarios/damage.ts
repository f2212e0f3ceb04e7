/** The newest record of a log is damaged, which may have been acknowledged. */
import { PacketType } from '@menagerie/core/zab'
import { fallBehind } from './common.js'
import type { Scenario } from './scenario.js'

export const damageScenarios: readonly Scenario[] = [
  {
    name: 'a follower whose last record is damaged, and one that never had it, elect nobody without the leader',
    seed: 51,
    failsWith: ['votes with a log whose end was damaged', 'takes its log for whole as soon as the damage is cut off'],
    async run(stage) {
      const { leader, late, witness, rejoin } = await fallBehind(stage)
      // What is under way now, leader and witness alone acknowledge.
      stage.crash(leader, { tail: 1 })
      stage.crash(witness, { tail: 0 })
      stage.diskOf(witness).damageLog()
      rejoin()
      stage.start(witness)
      await stage.passes(3000)
      stage.check(stage.roleOf(late) === 'looking' && stage.roleOf(witness) === 'looking', 'the two have decided')
      stage.start(leader)
      await stage.packet(PacketType.DIFF, { from: leader, to: witness })
      await stage.settled()
      stage.check(!stage.diskOf(witness).lacksEnd, 'the damage was not replaced')
    },
  },
  {
    name: 'a follower that dies while what was damaged is replaced has no vote when it starts',
    seed: 52,
    failsWith: ['votes with a log whose end was damaged'],
    async run(stage) {
      const { leader, late, witness, rejoin } = await fallBehind(stage)
      stage.crash(witness, { tail: 1 })
      stage.diskOf(witness).damageLog()
      rejoin()
      await stage.settled([leader, late])
      await stage.commits(3)
      stage.slowDisk(witness, 60)
      stage.start(witness)
      await stage.packet(PacketType.NEWLEADER, { from: leader, to: witness })
      stage.check(stage.diskOf(witness).lacksEnd, 'it is whole already')
      stage.crash(witness, { tail: 0.5 })
      stage.usualDisk(witness)
      stage.crash(leader, { tail: 1 })
      stage.start(witness)
      await stage.passes(3000)
      stage.check(stage.roleOf(late) === 'looking' && stage.roleOf(witness) === 'looking', 'the two have decided')
      stage.start(leader)
      await stage.settled()
      stage.check(!stage.diskOf(witness).lacksEnd, 'the damage was not replaced')
    },
  },
]
