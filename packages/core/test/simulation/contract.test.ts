import {
  logStorageContract,
  noAddresses,
  peerTransportContract,
  randomContract,
  snapshotterContract,
} from '@menagerie/core/contract'
import {
  SeededRandom,
  SimulatedDisk,
  SimulatedLog,
  SimulatedNetwork,
  SimulatedPeers,
  SimulatedProcess,
  SimulatedSnapshotter,
  Timeline,
} from '@menagerie/core/simulation'
import t from 'tap'
import { pump } from './pump.js'

/** A disk whose processes die by power cuts. */
function newMachine() {
  const timeline = new Timeline()
  const random = new SeededRandom(7)
  const disk = new SimulatedDisk(random)
  let process = new SimulatedProcess('server 1')
  const stop = pump(timeline)
  return {
    timeline,
    disk,
    current: () => process,
    async powerCut() {
      process.kill()
      disk.crash({ tail: random.below(11) / 10, progress: random.below(11) / 10 })
      process = new SimulatedProcess('server 1, again')
    },
    async dispose() {
      stop()
    },
  }
}

t.test('SeededRandom', async t => {
  randomContract(
    (name, body) => void t.test(name, body),
    () => new SeededRandom(99),
  )
})

t.test('SimulatedLog', async t => {
  logStorageContract(
    (name, body) => void t.test(name, body),
    { powerCut: true, damage: true },
    async () => {
      const machine = newMachine()
      return {
        ...machine,
        create: () => new SimulatedLog(machine.disk, machine.timeline, machine.current()),
        async damageLast() {
          machine.disk.damageLog()
        },
      }
    },
  )
})

t.test('SimulatedSnapshotter', async t => {
  snapshotterContract(
    (name, body) => void t.test(name, body),
    { powerCut: true, damage: true },
    async () => {
      const machine = newMachine()
      return {
        ...machine,
        create: () => new SimulatedSnapshotter(machine.disk, machine.timeline, machine.current()),
        async damage(info) {
          machine.disk.snapshots.get(info.name)!.damaged = true
        },
      }
    },
  )
})

t.test('SimulatedPeerTransport', async t => {
  peerTransportContract(
    (name, body) => void t.test(name, body),
    { cut: true },
    async () => {
      const timeline = new Timeline()
      const network = new SimulatedNetwork(timeline, new SeededRandom(3))
      const peers = new SimulatedPeers(network)
      const stop = pump(timeline)
      return {
        peers: noAddresses,
        create: self => peers.transport(self, new SimulatedProcess(`server ${self}`)),
        cut: (a, b) => network.breakBetween(a, b),
        async dispose() {
          stop()
        },
      }
    },
  )
})
