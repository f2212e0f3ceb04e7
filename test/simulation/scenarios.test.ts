/** Each situation in which ZooKeeper's handshake once lost something: reached, and lived through. */
import { ASSERTED, UNREACHED } from '@menagerie/core/simulation'
import t from 'tap'
import { handshakeMutations } from './mutations/handshake.js'
import { mutations } from './mutations/index.js'
import { underWayMutations } from './mutations/reconfigurations.js'
import { type Bug, run, UNHEARD } from './runner.js'
import { type Scenario, scenarios } from './scenarios/index.js'

const TIMEOUT_MS = 900_000
t.setTimeout(TIMEOUT_MS)

function play({ seed, servers = 3, spares, ...script }: Scenario, mutation?: Bug) {
  return run({ seed, servers, spares, clients: 4, durationMs: 1, faults: [] }, mutation, script)
}

for (const scenario of scenarios) {
  t.test(scenario.name, { timeout: TIMEOUT_MS }, async t => {
    const { violations, commits } = await play(scenario)
    t.strictSame(violations, [])
    t.ok(commits > 0)
    for (const name of scenario.failsWith) {
      const mutation = [...mutations, ...handshakeMutations, ...underWayMutations].find(
        mutation => mutation.name === name,
      )
      if (mutation === undefined) throw new Error(`there is no mutation "${name}"`)
      const { violations } = await play(scenario, mutation)
      const found = violations.find(({ property }) => property !== UNREACHED && property !== UNHEARD)
      t.ok(found, `a server that ${name} is found: ${JSON.stringify(violations[0])}`)
      t.comment(`${found?.property === ASSERTED ? 'by the scenario' : 'by a checker'}: ${found?.message}`)
    }
  })
}
