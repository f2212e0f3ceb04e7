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

t.test(
  'some seeds reconfigure the ensemble, with machines that join, and none of the others changes by that',
  async t => {
    let reconfigured = 0
    for (let seed = 1; seed <= 100; seed++) {
      const [plain, some, all] = (['none', 'some', 'all'] as const).map(reconfigs =>
        generateSchedule(seed, 3, 1, reconfigs),
      )
      if (some.spares !== undefined) reconfigured++
      t.strictSame(some, some.spares === undefined ? plain : all)
      const faults = new Set(all.faults.map(fault => JSON.stringify(fault)))
      const machines = 4 + (all.spares ?? 0)
      const changes = all.faults.filter(fault => fault.kind === 'reconfig')
      const named = changes.flatMap(({ joining = [], leaving = [], members = joining }) => [
        ...leaving,
        ...members.map(({ server }) => server),
      ])
      t.ok(
        plain.faults.every(fault => faults.has(JSON.stringify(fault))) &&
          changes.length >= 2 &&
          named.length >= changes.length &&
          named.every(server => server >= 1 && server <= machines) &&
          changes.every(({ members }) => (members?.filter(({ role }) => role === 'participant').length ?? 2) >= 2) &&
          all.faults.every(({ atMs }) => atMs >= 0 && atMs < all.durationMs),
        `seed ${seed}`,
      )
    }
    t.ok(reconfigured > 8 && reconfigured < 40, `${reconfigured} of 100`)
    t.equal(generateSchedule(1, 1, 0, 'all').spares, undefined, 'a server alone has nothing to reconfigure')
  },
)

t.test(
  'learners are sent snapshots only in some seeds of ensembles, and their servers die again when they are back',
  async t => {
    let found = 0
    for (let seed = 1; seed <= 200; seed++) {
      const { snapshots, faults, durationMs } = generateSchedule(seed, 3)
      t.equal(generateSchedule(seed, 1).snapshots, undefined, 'a server alone sends nobody a snapshot')
      if (snapshots === undefined) continue
      found++
      t.ok(
        faults.some(({ kind }) => kind === 'crash') && faults.every(({ atMs }) => atMs < durationMs),
        `seed ${seed} has crashes while clients work`,
      )
    }
    t.ok(found > 15 && found < 50, `${found} of 200`)
  },
)

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
