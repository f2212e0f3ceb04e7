import t from 'tap'
import { startApache } from '../support/apache.js'
import { startTarget } from '../support/target.js'
import { apacheTools } from '../support/tools.js'
import { firstDifference } from './compare.js'
import { withoutEventZxid } from './known-differences.js'
import { playOdd } from './odd.js'
import { playRandom, type RandomOptions } from './random.js'
import { runScenario } from './run-scenario.js'
import type { Flavour, Scenario, Stage } from './scenario.js'
import { flavours } from './scenario.js'

const SEEDS = process.env.MENAGERIE_SEEDS?.split(',').map(Number) ?? [11, 12]
const OPERATIONS = Number(process.env.MENAGERIE_OPERATIONS ?? 1000)

t.setTimeout(900_000)
/**
 * The znodes that go with their session go in the order of a hash table with Apache: what one client is told of
 * deletions in a row (of znodes, and of children) is compared as a set.
 */
function comparable(transcript: readonly string[]): string[] {
  const lines = transcript.map(withoutEventZxid)
  const deletion = (line: string) => /^(\S+) < event err=0 type=[24] /.exec(line)?.[1]
  for (let start = 0; start < lines.length; start++) {
    const who = deletion(lines[start])
    if (who === undefined) continue
    let end = start + 1
    while (end < lines.length && deletion(lines[end]) === who) end++
    lines.splice(start, end - start, ...lines.slice(start, end).sort())
    start = end - 1
  }
  return lines
}

const plays: readonly (readonly [
  what: string,
  flavour: Flavour,
  play: (stage: Stage, options: RandomOptions) => Promise<void>,
])[] = [
  ['random operations', 'plain', (stage, options) => playRandom(stage, { ...options, cautious: true })],
  ['random requests of which many are odd', 'extended', playOdd],
]
for (const [what, flavour, play] of plays) {
  t.test(`${what} end alike on Apache and on Menagerie`, { ...apacheTools() }, async t => {
    await using apache = await startApache({ config: flavours[flavour] })
    await using menagerie = await startTarget({ config: flavours[flavour] })
    for (const seed of SEEDS) {
      const scenario: Scenario = {
        name: `seed ${seed}`,
        flavour,
        run: stage => play(stage, { seed, operations: OPERATIONS }),
      }
      const [wanted, found] = [
        comparable(await runScenario(scenario, apache.port)),
        comparable(await runScenario(scenario, menagerie.port)),
      ]
      t.equal(firstDifference(found, wanted), '', `seed ${seed}: MENAGERIE_SEEDS=${seed} plays it again`)
    }
  })
}
