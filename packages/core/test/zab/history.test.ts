import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { History } from '../../dist/zab/history.js'
import { HeldLog, settle } from '../server/harness.js'

const NOTHING = new Uint8Array(0)

class NotingLog extends HeldLog {
  readonly hints: (boolean | undefined)[] = []

  override sync(alone?: boolean) {
    this.hints.push(alone)
    return super.sync()
  }
}

async function opened() {
  const log = new NotingLog()
  await log.open()
  const work = { readsAnswered: 0 }
  const history = new History(log, new ManualClock(), error => t.fail(error.message), 0, work)
  return { log, work, history, append: (zxid: number) => history.append({ zxid, bytes: NOTHING, proposal: null }) }
}

t.test('the log may hold the thread for a flush only while no reads are answered', async t => {
  const { log, work, append } = await opened()
  for (const [index, reads] of [0, 0, 3, 0, 1].entries()) {
    work.readsAnswered += reads
    append(index + 1)
    await settle()
  }
  t.strictSame(log.hints, [true, true, false, true, false])
})

t.test('what a turn sends leaves before the flush of what it appended begins', async t => {
  const clock = new ManualClock()
  const deferred: (() => void)[] = []
  clock.defer = callback => void deferred.push(callback)
  const log = new NotingLog()
  await log.open()
  const history = new History(log, clock, error => t.fail(error.message), 0, { readsAnswered: 0 })
  const order: string[] = []
  history.append({ zxid: 1, bytes: NOTHING, proposal: null })
  clock.defer(() => order.push('sent'))
  while (deferred.length > 0) {
    deferred.shift()!()
    if (log.hints.length > 0) order.push('flushed')
  }
  t.strictSame(order, ['sent', 'flushed'])
})
