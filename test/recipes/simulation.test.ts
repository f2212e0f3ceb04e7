/**
 * Recipes in simulated time, on a network and servers that break, from seeds: MENAGERIE_SEEDS=500 runs more of them,
 * MENAGERIE_SEED=17 just one, MENAGERIE_RECIPE='work queue' just this recipe.
 */
import 'reflect-metadata'
import t, { type Test } from 'tap'
import { RECIPE_KINDS, type RecipeKind, type Run } from './simulation/kinds.js'
import { lockRun } from './simulation/lock-run.js'
import { SESSION_MS } from './simulation/world.js'

const { MENAGERIE_SEEDS, MENAGERIE_SEED, MENAGERIE_RECIPE } = process.env
/** 76 is where a process that had been stopped went on believing in its lock. */
const FEW = [1, 76]

/** Where something was found: who came back while others left, numbers of a queue's entries that came again, a guard of an earlier
 * session, a lost outcome, an entry that was read before a process stood still. */
const FOUND: Readonly<Record<string, readonly number[]>> = {
  queue: [77],
  'zookeeper queue': [77],
  'kazoo semaphore': [13, 37, 49],
  counter: [106],
  'work queue': [176],
  'double barrier': [102],
  'kazoo double barrier': [9, 102],
}

function seedsOf(kind: RecipeKind): number[] {
  if (MENAGERIE_SEED !== undefined) return [Number(MENAGERIE_SEED)]
  return MENAGERIE_SEEDS === undefined
    ? [...FEW, ...(FOUND[kind.name] ?? [])]
    : Array.from({ length: Number(MENAGERIE_SEEDS) }, (_, i) => i + 1)
}
const kinds = RECIPE_KINDS.filter(({ name }) => MENAGERIE_RECIPE === undefined || name === MENAGERIE_RECIPE)

t.setTimeout(14_400_000)

for (const servers of [1, 3] as const) {
  t.test(servers === 1 ? 'with one server' : 'in an ensemble of three', async t => {
    for (const kind of kinds) t.test(`${kind.name}: ${kind.promise}`, async t => check(t, kind, servers))
  })
}

async function check(t: Test, kind: RecipeKind, servers: 1 | 3): Promise<void> {
  const seeds = seedsOf(kind)
  const runs: Run[] = []
  for (const seed of seeds) runs.push(await kind.run(seed, servers))
  t.strictSame(
    runs.flatMap(({ violations }) => violations),
    [],
  )
  const sums = summed(runs)
  // Faults come and go, and most of the work gets done in spite of them.
  t.ok(sums[0][1] > seeds.length, `${seeds.length} seeds: ${sums.map(([name, sum]) => `${name} ${sum}`).join(', ')}`)
}

/** What the runs count, added up, in their order. */
function summed(runs: readonly Run[]): [name: string, sum: number][] {
  const sums = new Map<string, number>()
  for (const run of runs) {
    for (const [name, value] of Object.entries(run)) {
      if (typeof value === 'number') sums.set(name, (sums.get(name) ?? 0) + value)
    }
  }
  return [...sums]
}

t.test('a seed gives the same run again', async t => {
  t.strictSame(await lockRun(3, 'mutex'), await lockRun(3, 'mutex'))
})

t.test('a recipe that relies on its session for too long is found out', async t => {
  const { violations } = await lockRun(8, 'mutex', { suspendedMs: 5 * SESSION_MS })
  t.match(violations[0], /machine \d holds .* beside machine \d/)
})
