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
  const append = (zxid: number) => {
    history.append({ zxid, bytes: NOTHING, proposal: null })
    history.flushSoon()
  }
  return { log, work, history, append }
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

t.test('what is sent before the flush is asked for leaves before it begins', async t => {
  const clock = new ManualClock()
  const deferred: (() => void)[] = []
  clock.defer = callback => void deferred.push(callback)
  const log = new NotingLog()
  await log.open()
  const history = new History(log, clock, error => t.fail(error.message), 0, { readsAnswered: 0 })
  const order: string[] = []
  history.append({ zxid: 1, bytes: NOTHING, proposal: null })
  clock.defer(() => order.push('sent'))
  history.flushSoon()
  while (deferred.length > 0) {
    deferred.shift()!()
    if (log.hints.length > 0) order.push('flushed')
  }
  t.strictSame(order, ['sent', 'flushed'])
})

t.test('epochs are written one after another: a later promise is not overtaken by an earlier one', async t => {
  const { log, history } = await opened()
  const written: string[] = []
  const held: (() => void)[] = []
  const hold = (what: string) => async (epoch: number) => {
    await new Promise<void>(resolve => void held.push(resolve))
    written.push(`${what} ${epoch}`)
  }
  log.setAcceptedEpoch = hold('accepted')
  log.setCurrentEpoch = hold('current')
  const all = [history.setAcceptedEpoch(5), history.setAcceptedEpoch(6), history.setCurrentEpoch(6)]
  for (let n = 1; n <= 3; n++) {
    await settle()
    t.equal(held.length, n, 'one at a time')
    held.at(-1)!()
  }
  await Promise.all(all)
  t.strictSame(written, ['accepted 5', 'accepted 6', 'current 6'])
})

t.test('of much that is under way the first half is flushed before the turn ends', async t => {
  const { log, history } = await opened()
  const record = new Uint8Array(1000)
  let zxid = 0
  const append = (count: number) => {
    for (let n = 0; n < count; n++) {
      history.append({ zxid: ++zxid, bytes: record, proposal: null })
      history.flushSoon()
    }
  }
  log.hold()
  append(400)
  await settle()
  log.releaseOne()
  await settle()
  append(199)
  t.equal(log.syncs, 1)
  append(2)
  t.equal(log.syncs, 2)
  log.release()
  await history.settle()
  t.equal(history.durable, zxid)
})

t.test('once an epoch could not be written nothing more is said to be durable', async t => {
  const log = new NotingLog()
  await log.open()
  const failures: Error[] = []
  const history = new History(log, new ManualClock(), error => void failures.push(error), 0, { readsAnswered: 0 })
  const durable: number[] = []
  history.onDurable = zxid => void durable.push(zxid)
  history.append({ zxid: 1, bytes: NOTHING, proposal: null })
  log.hold()
  history.flushSoon()
  await settle()
  log.setCurrentEpoch = () => Promise.reject(new Error('the disk is gone'))
  await t.rejects(history.setCurrentEpoch(2), { message: 'the disk is gone' })
  log.release()
  await settle()
  t.strictSame([durable, history.durable], [[], 0])
  t.match(failures, [{ message: 'the disk is gone' }])
  await t.rejects(history.settle(), { message: 'the disk is gone' })
})
