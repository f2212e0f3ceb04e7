import t from 'tap'
import { startMenagerie } from '../support/menagerie.js'
import { compareTranscripts } from './compare.js'
import { readRecordings } from './golden.js'
import { deliberateDifferences } from './known-differences.js'

t.setTimeout(900_000)
t.test('Menagerie answers as Apache 3.9.5 was recorded to', async t => {
  const recordings = readRecordings()
  for (const { scenario, turn } of deliberateDifferences) recordings.set(scenario, turn(recordings.get(scenario) ?? []))
  await compareTranscripts(t, startMenagerie, name => recordings.get(name))
})
