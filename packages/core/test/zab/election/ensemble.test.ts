import t from 'tap'
import { majorityOf } from '../quorum/ensembles.js'
import { Network } from './network.js'

type Candidate = { readonly id: number; readonly zxid: number; readonly peerEpoch: number }

function best(network: Network, ids: readonly number[]): number {
  const order = (a: Candidate, b: Candidate) => a.peerEpoch - b.peerEpoch || a.zxid - b.zxid || a.id - b.id
  return ids
    .map(id => ({ id, ...network.members.get(id)!.last }))
    .sort(order)
    .at(-1)!.id
}

function leaderOf(network: Network, id: number): number | undefined {
  const { election } = network.members.get(id)!
  return election.state === 'looking' ? undefined : election.vote?.leader
}

function ensemble(seed: number, size: number, lossOneIn = 0): { network: Network; ids: number[] } {
  const ids = Array.from({ length: size }, (_, index) => index + 1)
  const network = new Network({ seed, verifier: majorityOf(ids, [size + 1]), lossOneIn })
  for (const id of [...ids, size + 1]) {
    const peerEpoch = 1 + network.random.below(2)
    network.add(id, { peerEpoch, zxid: peerEpoch * 100 + network.random.below(3) })
  }
  return { network, ids }
}

/** What Zab does with a choice that does not hold: who is not really led, or does not really lead, looks again. */
function discover(network: Network): boolean {
  let stood = true
  for (const { id, alive, election } of network.members.values()) {
    if (!alive || election.state === 'looking') continue
    const leader = network.members.get(leaderOf(network, id)!)!
    const followers = [...network.members.values()].filter(other => other.alive && leaderOf(network, other.id) === id)
    const led = election.state === 'leading'
    const holds = led
      ? election.verifier.containsQuorum(new Set(followers.map(follower => follower.id)))
      : leader.alive && leader.election.state === 'leading'
    if (holds) continue
    stood = false
    network.start(id)
  }
  return stood
}

for (const size of [3, 5]) {
  t.test(`${size} servers that start together elect the best of them without waiting to vote again`, async t => {
    for (let seed = 1; seed <= 60; seed++) {
      const { network, ids } = ensemble(seed, size)
      for (const id of [...ids, size + 1]) network.at(network.random.below(8), () => network.start(id))
      network.run(100)
      const chosen = best(network, ids)
      t.strictSame([...new Set(ids.map(id => leaderOf(network, id)))], [chosen], `seed ${seed}`)
      // The observer may have asked before anyone was there to hear it.
      network.run(200)
      t.equal(leaderOf(network, size + 1), chosen, `seed ${seed}`)
    }
  })

  t.test(`a quorum of ${size} servers elects the best among it, and who comes later joins that one`, async t => {
    for (let seed = 1; seed <= 60; seed++) {
      const { network, ids } = ensemble(seed, size)
      const quorum = [...ids]
      while (quorum.length * 2 > size + 1) quorum.splice(network.random.below(quorum.length), 1)
      for (const id of quorum) network.at(network.random.below(8), () => network.start(id))
      network.run(100)
      const chosen = best(network, quorum)
      t.strictSame([...new Set(quorum.map(id => leaderOf(network, id)))], [chosen], `seed ${seed}`)
      for (const id of ids) if (!quorum.includes(id)) network.start(id)
      network.start(size + 1)
      network.run(50)
      t.strictSame([...new Set([...ids, size + 1].map(id => leaderOf(network, id)))], [chosen], `seed ${seed}`)
    }
  })

  t.test(`${size} servers whose leader dies elect the best of the others, however late one notices`, async t => {
    for (let seed = 1; seed <= 60; seed++) {
      const { network, ids } = ensemble(seed, size)
      for (const id of ids) network.start(id)
      network.run(100)
      const leader = leaderOf(network, 1)!
      network.kill(leader)
      const others = ids.filter(id => id !== leader)
      for (const id of others) network.at(network.random.below(150), () => network.start(id))
      network.run(150 + 10 + 25)
      // Two of three are just a quorum; with more, the first to notice may not wait for the best.
      if (size === 3) t.equal(leaderOf(network, others[0]), best(network, others), `seed ${seed}`)
      while (!discover(network)) network.run(200)
      t.strictSame([...new Set(others.map(id => leaderOf(network, id)))].length, 1, `seed ${seed}`)
    }
  })

  t.test(`without a quorum, nobody of ${size} servers is elected`, async t => {
    for (let seed = 1; seed <= 20; seed++) {
      const { network, ids } = ensemble(seed, size)
      for (const id of ids.slice(0, (size - 1) / 2)) network.start(id)
      network.start(size + 1)
      network.run(5000)
      t.ok(
        [...network.members.values()].every(member => member.elections === 0),
        `seed ${seed}`,
      )
    }
  })

  t.test(
    `${size} servers under loss, partitions, crashes and restarts agree on one leader once it is over`,
    async t => {
      for (let seed = 1; seed <= 100; seed++) {
        const { network, ids } = ensemble(seed, size, 3)
        const all = [...ids, size + 1]
        for (const id of all) network.at(network.random.below(300), () => network.start(id))
        for (let step = 0; step < 12; step++) {
          const id = network.random.pick(all)
          const dice = network.random.below(5)
          if (dice === 0) network.kill(id)
          else if (dice === 1) network.start(id)
          else if (dice === 2)
            network.partition(
              all.filter(other => other <= id),
              all.filter(other => other > id),
            )
          else if (dice === 3) network.heal()
          else discover(network)
          network.run(network.random.below(400))
        }
        network.heal()
        network.lossOneIn = 0
        for (const { id, alive } of network.members.values()) if (!alive) network.start(id)
        let rounds = 0
        do network.run(1100)
        while (!discover(network) && ++rounds < 20)
        const leaders = new Set(all.map(id => leaderOf(network, id)))
        const leading = ids.filter(id => network.members.get(id)!.election.state === 'leading')
        if (leaders.size !== 1 || leading.length !== 1 || !leaders.has(leading[0])) {
          t.fail(`seed ${seed}: ${all.map(id => `${id} has leader ${leaderOf(network, id)}`).join(', ')}`)
        }
      }
    },
  )
}
