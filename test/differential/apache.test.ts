import t from 'tap'
import { startApache } from '../support/apache.js'
import { apacheTools } from '../support/tools.js'
import { compareTranscripts } from './compare.js'
import { readOlderRecordings, readRecordings } from './golden.js'
import { reasonOf, withoutEventZxid } from './known-differences.js'

t.setTimeout(900_000)
t.test('the installed Apache answers as recorded, but for differences that are known', apacheTools(), async t => {
  const recordings = readRecordings()
  const older = readOlderRecordings()
  await compareTranscripts(t, startApache, name => older.get(name) ?? recordings.get(name), withoutEventZxid)
})

t.test('every scenario in which 3.8.0 differs from 3.9.5 has a reason', async t => {
  for (const name of readOlderRecordings().keys()) t.ok(reasonOf(name), name)
})
