/** All that is run in simulated time, by name. */
import { barrierRun, doubleBarrierRun } from './barrier-run.js'
import { commitRun } from './commit-run.js'
import { LOCK_KINDS, lockRun } from './lock-run.js'
import { MEMBERS_KINDS, membersRun } from './members-run.js'
import { queueRun } from './queue-run.js'
import { idRun, NUMBER_KINDS, numberRun, rateRun } from './shared-run.js'
import { QUEUE_KINDS, takingRun } from './taking-run.js'

/** What was found wrong in one run, and figures that add up over runs. */
export interface Run {
  readonly violations: readonly string[]
}

export interface RecipeKind {
  readonly name: string
  /** What has to hold, as a sentence. */
  readonly promise: string
  run(seed: number, servers: 1 | 3): Promise<Run>
}

const LOCK = 'nobody believes to hold what another one holds, and tokens rise'
const TAKEN = 'no item is taken twice, and none is lost'
const WORK = 'nothing is lost, nothing comes after its acknowledgement'
const TOGETHER = 'nobody goes on without the others'
const CHANGED = 'every change happens once, and whoever follows sees the last one'
const LISTED = 'everybody sees who is there in the end, and nobody else'

const kind = (name: string, promise: string, run: RecipeKind['run']): RecipeKind => ({ name, promise, run })

export const RECIPE_KINDS: readonly RecipeKind[] = [
  ...LOCK_KINDS.map(name => kind(name, LOCK, (seed, servers) => lockRun(seed, name, {}, servers))),
  kind('barrier', 'nobody passes a closed gate', barrierRun),
  kind('double barrier', TOGETHER, (seed, servers) => doubleBarrierRun(seed, 'curator', servers)),
  kind('kazoo double barrier', TOGETHER, (seed, servers) => doubleBarrierRun(seed, 'kazoo', servers)),
  ...QUEUE_KINDS.map(name => kind(name, TAKEN, (seed, servers) => takingRun(seed, name, servers))),
  kind('work queue', WORK, (seed, servers) => queueRun(seed, 'curator', servers)),
  kind('kazoo work queue', WORK, (seed, servers) => queueRun(seed, 'kazoo', servers)),
  ...NUMBER_KINDS.map(name => kind(name, CHANGED, (seed, servers) => numberRun(seed, name, servers))),
  kind('id generator', 'no number is drawn twice', idRun),
  kind('rate limiter', 'no more are let through than the rate allows', rateRun),
  ...MEMBERS_KINDS.map(name => kind(name, LISTED, (seed, servers) => membersRun(seed, name, servers))),
  kind('two-phase commit', 'there is one decision, and it is to commit only if all voted so', commitRun),
]
