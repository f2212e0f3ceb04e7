/** A learner gets a snapshot. */
import { PacketType } from '@menagerie/core/zab'
import { goOnWithoutLeader, rejoinAsQuorum } from './common.js'
import type { Scenario } from './scenario.js'

/** Whoever lacks anything gets a snapshot. */
const options = new Map([['forceSnapshotSync', true]])

export const snapshotScenarios: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-2872: a follower dies with half a snapshot on its disk, and starts with what it had before',
    seed: 21,
    options,
    failsWith: ['removes its snapshots before the new one is whole'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      const { late } = cast
      await stage.packet(PacketType.SNAP, { to: late })
      await stage.disk(late, 'snapshot', 'begins')
      stage.crash(late)
      stage.start(late)
      await stage.packet(PacketType.SNAP, { to: late })
      await stage.disk(late, 'snapshot', 'begins')
      stage.crash(late)
      await goOnWithoutLeader(stage, cast)
    },
  },
  {
    name: 'ZOOKEEPER-3642: a follower dies right after its ACK of NEWLEADER, and the snapshot that it got is on its disk',
    seed: 22,
    options,
    failsWith: ['says that a snapshot is written before it is'],
    async run(stage) {
      const cast = await rejoinAsQuorum(stage)
      const { late } = cast
      await stage.packet(PacketType.SNAP, { to: late })
      await stage.packet(PacketType.ACK, { on: 'sent', from: late })
      stage.crash(late)
      await goOnWithoutLeader(stage, cast)
    },
  },
]
