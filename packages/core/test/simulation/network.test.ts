import {
  type Ending,
  SeededRandom,
  SimulatedNetwork,
  SimulatedProcess,
  Timeline,
  type WireEnd,
} from '@menagerie/core/simulation'
import t from 'tap'

function newNetwork() {
  const timeline = new Timeline()
  const network = new SimulatedNetwork(timeline, new SeededRandom(1))
  const run = (untilUs: number): void => {
    while (timeline.step(untilUs) !== undefined);
  }
  return { timeline, network, run }
}

interface Seen {
  readonly items: number[]
  end: Ending | null
}

function listen(end: WireEnd<number>): Seen {
  const seen: Seen = { items: [], end: null }
  end.receive({
    item: value => seen.items.push(value),
    ended: how => {
      seen.end = how
    },
  })
  return seen
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test('a connection keeps the order of each direction, however long messages are under way', async t => {
  const { network, run } = newNetwork()
  const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
  const [atA, atB] = [listen(a), listen(b)]
  for (const n of numbers(1, 200)) {
    a.send(n, 1)
    b.send(-n, 1)
  }
  run(10_000_000)
  t.strictSame(atB.items, numbers(1, 200))
  t.strictSame(
    atA.items,
    numbers(1, 200).map(n => -n),
  )
})

t.test('messages of different connections overtake each other', async t => {
  const { network, run } = newNetwork()
  const order: number[] = []
  for (const n of numbers(1, 50)) {
    const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
    b.receive({ item: () => order.push(n), ended: () => {} })
    a.send(n, 1)
  }
  run(10_000_000)
  t.equal(order.length, 50)
  t.notSame(order, numbers(1, 50))
})

t.test(
  'a blocked direction holds messages back, the other one does not, and nothing is lost when it opens',
  async t => {
    const { network, run } = newNetwork()
    const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
    const [atA, atB] = [listen(a), listen(b)]
    network.block(1, 2)
    network.block(1, 2)
    for (const n of numbers(1, 5)) {
      a.send(n, 1)
      b.send(n, 1)
    }
    run(1_000_000)
    t.strictSame(atB.items, [])
    t.strictSame(atA.items, numbers(1, 5))
    network.unblock(1, 2)
    run(2_000_000)
    t.strictSame(atB.items, [], 'blocked twice, opened once')
    network.unblock(1, 2)
    run(3_000_000)
    t.strictSame(atB.items, numbers(1, 5))
  },
)

t.test('a break loses what is under way, and each end learns of it when it can be reached', async t => {
  const { network, run } = newNetwork()
  const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
  const [atA, atB] = [listen(a), listen(b)]
  a.send(1, 1)
  network.block(1, 2)
  network.breakBetween(1, 2)
  a.send(2, 1)
  run(1_000_000)
  t.same([atA.end, atB.end], ['broken', null])
  network.unblock(1, 2)
  run(2_000_000)
  t.same([atB.end, atB.items], ['broken', []])
})

t.test('close delivers what was sent before it', async t => {
  const { network, run } = newNetwork()
  const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
  const atB = listen(b)
  for (const n of numbers(1, 9)) a.send(n, 1)
  a.close()
  run(1_000_000)
  t.same([atB.items, atB.end], [numbers(1, 9), 'closed'])
})

t.test('a machine that goes after a close has its peer told of an end in order only if nothing was lost', async t => {
  const ends = new Set<Ending | null>()
  const { network, run } = newNetwork()
  for (let i = 0; i < 20; i++) {
    const [a, b] = network.connect<number>({ node: 1, process: null }, { node: 2, process: null })
    const atB = listen(b)
    for (const n of numbers(1, 9)) a.send(n, 1)
    a.close()
    network.lost(1, false)
    run((i + 1) * 1_000_000)
    t.same(atB.items, atB.end === 'closed' ? numbers(1, 9) : [])
    ends.add(atB.end)
  }
  t.same([...ends].sort(), ['broken', 'closed'])
})

t.test('peers of a machine that falls silent learn of it only when it is back', async t => {
  const { network, run } = newNetwork()
  const process = new SimulatedProcess('server 2')
  const [a] = network.connect<number>({ node: 1, process: null }, { node: 2, process })
  const atA = listen(a)
  process.kill()
  network.lost(2, true)
  run(5_000_000)
  t.equal(atA.end, null)
  network.revived(2)
  run(6_000_000)
  t.equal(atA.end, 'broken')
})
