import t from 'tap'
import { patiently } from '../dist/patience.js'

t.test('gives what was waited for, or its error', async t => {
  t.equal(await patiently(Promise.resolve(5), 'it'), 5)
  await t.rejects(patiently(Promise.reject(new Error('no')), 'it'), { message: 'no' })
})

t.test('says what it waits for, again and again, until it is there', async t => {
  // It keeps nothing alive by itself.
  const alive = setInterval(() => {}, 1000)
  const said: string[] = []
  let finish: (value: string) => void = () => {}
  const slow = new Promise<string>(resolve => {
    finish = resolve
  })
  const say = (sentence: string) => {
    said.push(sentence)
    if (said.length === 2) finish('there')
  }
  t.equal(await patiently(slow, './mine.js to load', say, 1), 'there')
  clearInterval(alive)
  t.match(said, [/^still waiting for \.\/mine\.js to load, for \d+ s so far$/, /^still waiting/])
})

t.test('ends where nothing is left that could settle it', async t => {
  const listeners = process.listeners('beforeExit')
  const waiting = patiently(new Promise(() => {}), 'it to load')
  const [added] = process.listeners('beforeExit').filter(listener => !listeners.includes(listener))
  added?.call(process, 0)
  await t.rejects(waiting, {
    code: 'PLUGIN_INVALID',
    message: 'waited in vain for it to load: what is awaited can never come',
  })
  t.strictSame(process.listeners('beforeExit'), listeners)
})
