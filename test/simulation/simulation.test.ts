import { generateSchedule, type Schedule, simulate } from '@menagerie/core/simulation'
import t from 'tap'
import { drain } from './drain.js'
import { mutations } from './mutations/index.js'
import { replay, runSeeds } from './runner.js'

// A guard against standing still, with room for a machine that does much else at once.
const TIMEOUT_MS = 900_000
t.setTimeout(TIMEOUT_MS)

for (const [servers, seeds, observers, reconfigs] of [
  [1, 120, 0, 'none'],
  [3, 40, 0, 'none'],
  [5, 15, 0, 'none'],
  [3, 15, 1, 'none'],
  [3, 40, 0, 'all'],
  [3, 60, 1, 'all'],
  [2, 15, 1, 'all'],
] as const) {
  t.test(
    `${seeds} seeds under faults keep every promise, with servers: ${servers}, observers: ${observers}, reconfigured: ${reconfigs}`,
    { timeout: TIMEOUT_MS },
    async t => {
      const lines: string[] = []
      const failed = await runSeeds({ seeds, from: 1, servers, observers, reconfigs, failures: 3 }, line =>
        lines.push(line),
      )
      t.equal(failed, 0, lines.join('\n'))
      t.match(
        lines.at(-2),
        new RegExp(`^${seeds} seeds from 1 with ${servers} servers?[a-z 1]*: [\\d.]+ seeds a second`),
      )
    },
  )
}

t.test('a schedule gives the same run to the last event, also when it comes from a file', async t => {
  for (const [seed, servers, reconfigs] of [
    [3, 1, 'none'],
    [17, 1, 'none'],
    [40, 3, 'none'],
    [7, 5, 'none'],
    [4, 3, 'all'],
  ] as const) {
    const schedule = generateSchedule(seed, servers, 0, reconfigs)
    const first = await simulate(schedule, { drain })
    t.strictSame(await simulate(schedule, { drain }), first)
    const printed: Schedule = JSON.parse(JSON.stringify(schedule))
    t.strictSame(await simulate(printed, { drain }), first)
  }
})

t.test('seeds differ from each other', async t => {
  const prints = new Set<number>()
  for (let seed = 1; seed <= 10; seed++) prints.add((await simulate(generateSchedule(seed, 1), { drain })).fingerprint)
  t.equal(prints.size, 10)
})

t.test('work goes on while faults do: a run holds a good number of requests, and most are answered', async t => {
  let [operations, commits] = [0, 0]
  for (let seed = 1; seed <= 10; seed++) {
    const result = await simulate(generateSchedule(seed, 1), { drain })
    operations += result.operations
    commits += result.commits
  }
  t.ok(operations > 1000, `${operations} requests`)
  t.ok(commits > 500, `${commits} transactions`)
})

t.test('a failing seed says how to run it again, and the shortest schedule that fails', async t => {
  const mutation = mutations.find(({ name }) => name === 'acknowledges before the sync')!
  const lines: string[] = []
  const failed = await runSeeds({ seeds: 20, from: 1, servers: 1, failures: 1, mutation }, line => lines.push(line))
  t.equal(failed, 1)
  const seed = Number(lines[0].match(/^seed (\d+) fails:$/)?.[1])
  t.match(lines[1], /no acknowledged write is lost/)
  t.ok(lines.some(line => line.includes(`npm run simulate -- --replay ${seed} --servers 1`)))
  const shortest: Schedule = JSON.parse(lines.find(line => line.trim().startsWith('{'))!)
  t.equal(shortest.faults.length, 1, 'one fault is all it takes')
  t.match(shortest.faults[0].kind, /^(crash|fullDisk|syncFailure)$/)
  t.not((await simulate(shortest, { drain, mutation })).violations.length, 0)
  t.strictSame((await simulate(shortest, { drain })).violations, [])
})

t.test('a run that is replayed prints its schedule, and what came of it', async t => {
  const lines: string[] = []
  t.equal(await replay({ seed: 5, servers: 1 }, line => lines.push(line)), 0)
  t.strictSame(JSON.parse(lines[0]), generateSchedule(5, 1))
  t.match(lines[1], /^No violation: \d+ requests, \d+ transactions, fingerprint \d+\.$/)
})
