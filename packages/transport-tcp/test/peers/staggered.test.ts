import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { staggered } from '../../dist/peers/staggered.js'

/** Attempts that the test settles. */
function attempts() {
  const running = new Map<string, { resolve: (result: string) => void; reject: (error: Error) => void }>()
  const aborted: string[] = []
  const late: string[] = []
  const attempt = (name: string, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      running.set(name, { resolve, reject })
      signal.addEventListener('abort', () => aborted.push(name))
    })
  return { running, aborted, late, attempt, discard: (result: string) => void late.push(result) }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('the next candidate starts when the one before has failed, or has taken its head start', async t => {
  const clock = new ManualClock()
  const { running, aborted, late, attempt, discard } = attempts()
  const result = staggered(['a', 'b', 'c'], clock, undefined, attempt, discard)
  t.same([...running.keys()], ['a'])
  running.get('a')!.reject(new Error('refused'))
  await turn()
  t.same([...running.keys()], ['a', 'b'])
  clock.advance(249)
  t.same([...running.keys()], ['a', 'b'])
  clock.advance(1)
  t.same([...running.keys()], ['a', 'b', 'c'])
  running.get('c')!.resolve('c answered')
  t.equal(await result, 'c answered')
  t.ok(aborted.includes('b'))
  running.get('b')!.resolve('b too late')
  await turn()
  t.same(late, ['b too late'])
  t.equal(clock.pending, 0)
})

t.test('the last failure is told, once all have failed', async t => {
  const clock = new ManualClock()
  const { running, attempt, discard } = attempts()
  const result = staggered(['a', 'b'], clock, undefined, attempt, discard)
  clock.advance(250)
  running.get('b')!.reject(new Error('b refused'))
  await turn()
  running.get('a')!.reject(new Error('a timed out'))
  await t.rejects(result, /a timed out/)
  await t.rejects(staggered([], clock, undefined, attempt, discard), /it has no address/)
})

t.test('an abort ends what runs, and starts nothing more', async t => {
  const clock = new ManualClock()
  const { running, aborted, attempt, discard } = attempts()
  const abort = new AbortController()
  const result = staggered(['a', 'b'], clock, abort.signal, attempt, discard)
  abort.abort(new Error('closed'))
  await t.rejects(result, /closed/)
  t.same(aborted, ['a'])
  clock.advance(1000)
  t.same([...running.keys()], ['a'])
  await t.rejects(staggered(['a'], clock, abort.signal, attempt, discard), /closed/)
})
