import { type Fault, generateSchedule, type Schedule, shrink } from '@menagerie/core/simulation'
import t from 'tap'

t.test('a seed gives one schedule, and it survives being printed', async t => {
  for (const servers of [1, 3, 5]) {
    for (let seed = 1; seed <= 200; seed++) {
      const schedule = generateSchedule(seed, servers)
      t.strictSame(generateSchedule(seed, servers), schedule)
      t.strictSame(JSON.parse(JSON.stringify(schedule)), schedule)
    }
  }
  t.notSame(generateSchedule(1, 3), generateSchedule(2, 3))
})

t.test('schedules hold every kind of fault, in order, at servers and clients that there are', async t => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 300; seed++) {
    const { faults, servers, clients, durationMs } = generateSchedule(seed, 5)
    t.strictSame(
      [...faults].sort((a, b) => a.atMs - b.atMs),
      faults,
    )
    for (const fault of faults) {
      kinds.add(fault.kind)
      t.ok(fault.atMs >= 0 && fault.atMs < durationMs)
      if ('server' in fault) t.ok(fault.server >= (fault.kind === 'clientCut' ? 0 : 1) && fault.server <= servers)
      if ('client' in fault) t.ok(fault.client >= 1 && fault.client <= clients)
      if (fault.kind === 'partition') t.ok(fault.side.length > 0 && fault.side.length < servers)
      if (fault.kind === 'linkBreak') t.not(fault.a, fault.b)
    }
  }
  t.equal(kinds.size, 15)
})

const fault = (atMs: number): Fault => ({ kind: 'disconnect', atMs, client: 1 + (atMs % 3) })
const schedule: Schedule = {
  seed: 1,
  servers: 3,
  clients: 4,
  durationMs: 1000,
  faults: Array.from({ length: 40 }, (_, i) => fault(i)),
}
const times = ({ faults }: Schedule): number[] => faults.map(({ atMs }) => atMs)

t.test('shrinking finds the few faults that a failure needs, and leaves out everything else', async t => {
  for (const needed of [[], [7], [0, 39], [3, 17, 21, 38]]) {
    const { schedule: shortest } = await shrink(schedule, async candidate =>
      needed.every(at => times(candidate).includes(at)),
    )
    t.strictSame(times(shortest), needed)
    t.equal(shortest.seed, 1)
  }
})

t.test('shrinking also tries fewer clients and less time', async t => {
  const { schedule: shortest } = await shrink(
    schedule,
    async ({ clients, durationMs }) => clients >= 2 && durationMs >= 400,
  )
  t.strictSame(shortest, { ...schedule, faults: [], clients: 2, durationMs: 500 })
})

t.test('shrinking stops at its budget with the best that it has found', async t => {
  let runs = 0
  const result = await shrink(
    schedule,
    async candidate => {
      runs++
      return [1, 20, 33].every(at => times(candidate).includes(at))
    },
    6,
  )
  t.same([runs, result.runs], [6, 6])
  t.ok([1, 20, 33].every(at => times(result.schedule).includes(at)))
})
