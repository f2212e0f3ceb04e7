import t from 'tap'
import { menagerieInstalled, startMenagerie } from '../support/menagerie.js'
import { compareTranscripts } from './compare.js'
import { readRecordings } from './golden.js'

t.setTimeout(900_000)
t.test('Menagerie answers as Apache 3.9.5 was recorded to', { skip: !menagerieInstalled() }, async t => {
  const recordings = readRecordings()
  await compareTranscripts(t, startMenagerie, name => recordings.get(name))
})
