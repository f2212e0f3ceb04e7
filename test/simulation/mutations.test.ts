import { generateSchedule } from '@menagerie/core/simulation'
import t from 'tap'
import { mutations } from './mutations/index.js'
import { run, UNHEARD } from './runner.js'

// A guard against standing still, with room for a machine that does much else at once.
const TIMEOUT_MS = 900_000
t.setTimeout(TIMEOUT_MS)

for (const mutation of mutations) {
  const { name, seedsMax, servers = 1, observers, reconfigs, property: broken } = mutation
  t.test(`a server that ${name} is found within ${seedsMax} seeds`, { timeout: TIMEOUT_MS }, async t => {
    for (let seed = 1; seed <= seedsMax; seed++) {
      const { violations } = await run(generateSchedule(seed, servers, observers, reconfigs), mutation)
      // Of the bug itself, not of how its failure is reported.
      const found = violations.find(({ property }) => (broken ? property === broken : property !== UNHEARD))
      if (found === undefined) continue
      t.comment(`seed ${seed}: ${found.property}: ${found.message}`)
      return
    }
    t.fail('no seed found it')
  })
}
