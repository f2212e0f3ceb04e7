import t from 'tap'
import { PauseReason, ReadPauses } from '../../dist/requests/read-pauses.js'

function recorded() {
  const calls: string[] = []
  const pauses = new ReadPauses({ pause: () => calls.push('pause'), resume: () => calls.push('resume') })
  return { calls, pauses }
}

t.test('a client is read from again when the last reason against it is gone', async t => {
  const { calls, pauses } = recorded()
  t.ok(pauses.isReading)
  pauses.pause(PauseReason.throttled)
  pauses.pause(PauseReason.unsent)
  pauses.pause(PauseReason.postponed)
  t.strictSame(calls, ['pause'])
  pauses.resume(PauseReason.unsent)
  pauses.resume(PauseReason.throttled)
  t.notOk(pauses.isReading)
  t.strictSame(calls, ['pause'])
  pauses.resume(PauseReason.postponed)
  t.ok(pauses.isReading)
  t.strictSame(calls, ['pause', 'resume'])
})

t.test('a reason counts once, however often it is given', async t => {
  const { calls, pauses } = recorded()
  pauses.pause(PauseReason.postponed)
  pauses.pause(PauseReason.postponed)
  t.ok(pauses.has(PauseReason.postponed))
  pauses.resume(PauseReason.postponed)
  t.notOk(pauses.has(PauseReason.postponed))
  t.strictSame(calls, ['pause', 'resume'])
})

t.test('a reason that is not there takes none of the others away, and resumes nothing', async t => {
  const { calls, pauses } = recorded()
  pauses.resume(PauseReason.throttled)
  pauses.pause(PauseReason.unsent)
  pauses.resume(PauseReason.throttled)
  t.notOk(pauses.isReading)
  t.strictSame(calls, ['pause'])
})
