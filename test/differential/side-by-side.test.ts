import t from 'tap'
import { startApache } from '../support/apache.js'
import { startTarget } from '../support/target.js'
import { apacheTools } from '../support/tools.js'
import { firstDifference } from './compare.js'
import { withoutEventZxid } from './known-differences.js'
import { playRandom } from './random.js'
import { runScenario } from './run-scenario.js'
import type { Scenario } from './scenario.js'

const SEEDS = process.env.MENAGERIE_SEEDS?.split(',').map(Number) ?? [11, 12]
const OPERATIONS = Number(process.env.MENAGERIE_OPERATIONS ?? 1000)

t.setTimeout(900_000)
t.test('random operations end alike on Apache and on Menagerie', { ...apacheTools() }, async t => {
  await using apache = await startApache()
  await using menagerie = await startTarget()
  for (const seed of SEEDS) {
    const scenario: Scenario = {
      name: `seed ${seed}`,
      flavour: 'plain',
      run: stage => playRandom(stage, { seed, operations: OPERATIONS, cautious: true }),
    }
    const wanted = (await runScenario(scenario, apache.port)).map(withoutEventZxid)
    const found = (await runScenario(scenario, menagerie.port)).map(withoutEventZxid)
    t.equal(firstDifference(found, wanted), '', `seed ${seed}: MENAGERIE_SEEDS=${seed} plays it again`)
  }
})
