/**
 * Recipes in simulated time, on a network and a server that break, from seeds: MENAGERIE_SEEDS=500 runs more of them,
 * MENAGERIE_SEED=17 just one.
 */
import 'reflect-metadata'
import t from 'tap'
import { type LockKind, lockRun } from './simulation/lock-run.js'
import { queueRun } from './simulation/queue-run.js'
import { SESSION_MS } from './simulation/world.js'

const { MENAGERIE_SEEDS, MENAGERIE_SEED } = process.env
/** 76 is where a process that had been stopped went on believing in its lock. */
const FEW = [1, 2, 3, 76]

function seedsWanted(): number[] {
  if (MENAGERIE_SEED !== undefined) return [Number(MENAGERIE_SEED)]
  return MENAGERIE_SEEDS === undefined ? FEW : Array.from({ length: Number(MENAGERIE_SEEDS) }, (_, i) => i + 1)
}
const seeds = seedsWanted()

t.setTimeout(3_600_000)
const sum = <R>(runs: readonly R[], key: keyof R) => runs.reduce((total, run) => total + Number(run[key]), 0)

for (const kind of ['mutex', 'kazoo mutex', 'write lock', 'semaphore', 'election'] as const satisfies LockKind[]) {
  t.test(`${kind}: nobody believes to hold what another one holds, and tokens rise`, async t => {
    const runs = []
    for (const seed of seeds) runs.push(await lockRun(seed, kind))
    t.strictSame(
      runs.flatMap(({ violations }) => violations),
      [],
    )
    t.ok(sum(runs, 'grants') > seeds.length * 10)
    t.comment(`${sum(runs, 'grants')} grants, ${sum(runs, 'lostGrants')} lost inside, ${sum(runs, 'refused')} refused`)
  })
}

for (const dialect of ['curator', 'kazoo'] as const) {
  t.test(`work queue (${dialect}): nothing is lost, nothing comes after its acknowledgement`, async t => {
    const runs = []
    for (const seed of seeds) runs.push(await queueRun(seed, dialect))
    t.strictSame(
      runs.flatMap(({ violations }) => violations),
      [],
    )
    t.comment(`${sum(runs, 'acknowledged')} acknowledged in ${sum(runs, 'deliveries')} deliveries`)
  })
}

t.test('in an ensemble of three', async t => {
  for (const kind of ['mutex', 'semaphore', 'election'] as const satisfies LockKind[]) {
    t.test(`${kind}: nobody believes to hold what another one holds, and tokens rise`, async t => {
      const runs = []
      for (const seed of seeds) runs.push(await lockRun(seed, kind, {}, 3))
      t.strictSame(
        runs.flatMap(({ violations }) => violations),
        [],
      )
      t.ok(sum(runs, 'grants') > seeds.length * 5)
      t.comment(
        `${sum(runs, 'grants')} grants, ${sum(runs, 'lostGrants')} lost inside, ${sum(runs, 'refused')} refused`,
      )
    })
  }
  t.test('work queue: nothing is lost, nothing comes after its acknowledgement', async t => {
    const runs = []
    for (const seed of seeds) runs.push(await queueRun(seed, 'curator', 3))
    t.strictSame(
      runs.flatMap(({ violations }) => violations),
      [],
    )
    t.comment(`${sum(runs, 'acknowledged')} acknowledged in ${sum(runs, 'deliveries')} deliveries`)
  })
})

t.test('a seed gives the same run again', async t => {
  t.strictSame(await lockRun(3, 'mutex'), await lockRun(3, 'mutex'))
})

t.test('a recipe that relies on its session for too long is found out', async t => {
  const { violations } = await lockRun(8, 'mutex', { suspendedMs: 5 * SESSION_MS })
  t.match(violations[0], /machine \d holds .* beside machine \d/)
})
