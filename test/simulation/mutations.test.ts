import { generateSchedule, simulate } from '@menagerie/core/simulation'
import t from 'tap'
import { drain } from './drain.js'
import { mutations } from './mutations/index.js'

// A guard against standing still, with room for a machine that does much else at once.
const TIMEOUT_MS = 900_000
t.setTimeout(TIMEOUT_MS)

for (const mutation of mutations) {
  t.test(
    `a server that ${mutation.name} is found within ${mutation.seedsMax} seeds`,
    { timeout: TIMEOUT_MS },
    async t => {
      for (let seed = 1; seed <= mutation.seedsMax; seed++) {
        const { violations } = await simulate(generateSchedule(seed, mutation.servers ?? 1), { drain, mutation })
        if (violations.length === 0) continue
        t.comment(`seed ${seed}: ${violations[0].property}: ${violations[0].message}`)
        return
      }
      t.fail('no seed found it')
    },
  )
}
