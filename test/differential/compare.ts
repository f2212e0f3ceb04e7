import type { Test } from 'tap'
import type { ServerUnderTest, StartOptions } from '../support/server-under-test.js'
import { scenarios } from './define.js'
import { runScenario } from './run-scenario.js'
import { type Flavour, flavours } from './scenario.js'
import './scenarios/index.js'

/** Plays every scenario on servers that `start` makes and holds each transcript against what is expected. */
export async function compareTranscripts(
  t: Test,
  start: (options: StartOptions) => Promise<ServerUnderTest & AsyncDisposable>,
  expected: (scenario: string) => string[] | undefined,
  line: (line: string) => string = text => text,
): Promise<void> {
  for (const flavour of Object.keys(flavours) as Flavour[]) {
    await using server = await start({ config: flavours[flavour] })
    for (const scenario of scenarios.filter(one => one.flavour === flavour)) {
      await t.test(scenario.name, async t => {
        const wanted = expected(scenario.name)
        if (wanted === undefined) return t.fail('there is no recording of this scenario')
        const found = (await runScenario(scenario, server.port)).map(line)
        t.equal(firstDifference(found, wanted.map(line)), '')
      })
    }
  }
}

/** The first line that differs, with what led to it; empty if none does. A scenario of a thousand lines stays readable. */
export function firstDifference(found: readonly string[], wanted: readonly string[], before = 12): string {
  const at = wanted.findIndex((text, i) => text !== found[i])
  const first = at === -1 ? wanted.length : at
  if (at === -1 && found.length === wanted.length) return ''
  const context = wanted.slice(Math.max(0, first - before), first).map(text => `    ${text}`)
  const show = (mark: string, list: readonly string[]) => list.slice(first, first + 4).map(text => `${mark} ${text}`)
  return ['', ...context, ...show('wanted', wanted), ...show('found ', found)].join('\n')
}
