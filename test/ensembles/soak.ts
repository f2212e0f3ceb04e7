/**
 * Kills all three servers of an ensemble at once, many times: `npm run soak:ensemble -- --rounds 200 [--seed 7]`. Ends
 * with 1 at the first acknowledged write that is lost, or when the replicas differ.
 */
import { parseArgs } from 'node:util'
import { seeded } from '../differential/random.js'
import { killAllRounds } from '../support/kill-all-rounds.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
console.log(`seed ${values.seed}`)
const problems = await killAllRounds(Number(values.rounds), console.log, seeded(Number(values.seed)))
console.log(
  problems.length === 0 ? 'Nothing acknowledged was lost, and the replicas are identical.' : problems.join('\n'),
)
process.exitCode = problems.length === 0 ? 0 : 1
