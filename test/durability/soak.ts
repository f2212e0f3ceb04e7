/**
 * Kills the server many times: `npm run soak:kill -- --rounds 300 [--seed 7]`. Prints each round, and
 * ends with 1 at the first acknowledged write that is lost.
 */
import { parseArgs } from 'node:util'
import { seeded } from '../differential/random.js'
import { killRounds } from '../support/kill-rounds.js'
import { startTarget } from '../support/target.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
console.log(`seed ${values.seed}`)
await using server = await startTarget({ config: { snapCount: 3000, preAllocSize: 1024 } })
const losses = await killRounds(server, Number(values.rounds), seeded(Number(values.seed)), console.log)
console.log(losses.length === 0 ? 'Nothing acknowledged was lost.' : losses.join('\n'))
process.exitCode = losses.length === 0 ? 0 : 1
