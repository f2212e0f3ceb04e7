/**
 * Plays the scenarios on a server and writes what it answered:
 *
 *     MENAGERIE_APACHE_CLASSPATH=… node test/dist/differential/record.js [--on menagerie] [--older] [--to FILE] [--only WORD]
 *
 * Without --to the recordings in test/fixtures are replaced, which is for Apache 3.9.5, or with --older
 * for Debian's 3.8.0. --print writes the transcripts on the terminal instead.
 */
import { parseArgs } from 'node:util'
import { startApache } from '../support/apache.js'
import { startMenagerie } from '../support/menagerie.js'
import { scenarios } from './define.js'
import { type Recording, writeOlderRecordings, writeRecordings } from './golden.js'
import { runScenario } from './run-scenario.js'
import { type Flavour, flavours } from './scenario.js'
import './scenarios/index.js'

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'apache' },
    older: { type: 'boolean', default: false },
    to: { type: 'string' },
    only: { type: 'string', default: '' },
    print: { type: 'boolean', default: false },
  },
})
const start = values.on === 'menagerie' ? startMenagerie : startApache
const done = new Map<string, string[]>()
for (const flavour of Object.keys(flavours) as Flavour[]) {
  const mine = scenarios.filter(scenario => scenario.flavour === flavour && scenario.name.includes(values.only))
  if (mine.length === 0) continue
  await using server = await start({ config: flavours[flavour] })
  for (const scenario of mine) done.set(scenario.name, await runScenario(scenario, server.port))
}
const recordings: Recording[] = scenarios.flatMap(({ name }) => {
  const lines = done.get(name)
  return lines === undefined ? [] : [{ scenario: name, lines }]
})
if (values.print) {
  for (const { scenario, lines } of recordings) console.log([scenario, ...lines].join('\n  '))
} else if (values.older) {
  writeOlderRecordings(recordings)
} else {
  writeRecordings(recordings, values.to)
}
console.error(`${recordings.length} scenarios`)
