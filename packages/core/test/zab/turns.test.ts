import t from 'tap'
import { Turns } from '../../dist/zab/leader/turns.js'

/** Work that ends when it is told to. */
function job() {
  let end: () => void = () => {}
  const state = { begun: false }
  const work = () => {
    state.begun = true
    return new Promise<void>(resolve => {
      end = resolve
    })
  }
  return { work, state, end: () => end() }
}

const settle = () => new Promise<void>(resolve => setImmediate(resolve))

t.test('so many go on at one time, and the others in their order', async t => {
  const turns = new Turns(2)
  const jobs = [job(), job(), job(), job()]
  const done = jobs.map(({ work }) => turns.take(work))
  const begun = () => jobs.map(({ state }) => state.begun)
  t.strictSame(begun(), [true, true, false, false])
  jobs[1].end()
  await settle()
  t.strictSame(begun(), [true, true, true, false])
  jobs[0].end()
  await settle()
  t.strictSame(begun(), [true, true, true, true])
  for (const { end } of jobs) end()
  await Promise.all(done)
})

t.test('who cannot wait goes on at once, and counts', async t => {
  const turns = new Turns(1)
  const [first, urgent, last] = [job(), job(), job()]
  const done = [turns.take(first.work), turns.take(urgent.work, true), turns.take(last.work)]
  t.ok(urgent.state.begun)
  first.end()
  await settle()
  t.notOk(last.state.begun, 'there is one too many')
  urgent.end()
  await settle()
  t.ok(last.state.begun)
  last.end()
  await Promise.all(done)
})

t.test('work that fails gives its turn on', async t => {
  const turns = new Turns(1)
  const after = job()
  const failed = turns.take(() => Promise.reject(new Error('broken')))
  const done = turns.take(after.work)
  await t.rejects(failed, { message: 'broken' })
  await settle()
  t.ok(after.state.begun)
  after.end()
  await done
})
