/** The judge of the contention tests finds what it is there to find. */
import t from 'tap'
import { judgeFencing } from './support/fencing.js'
import { judge } from './support/holding-log.js'

const log = (...lines: string[]) => lines.map(line => `${line}\n`).join('')
const broken = (text: string, options = {}) => judge(text, options).violations.length

t.test('the judge', async t => {
  const sound = log('enter X 1 a', 'leave X 1 a', 'enter S 2 b', 'enter S 3 a', 'leave S 2 b', 'leave S 3 a')
  t.strictSame(judge(sound), { violations: [], entries: { a: 2, b: 1 } })
  t.equal(broken(log('enter X 1 a', 'enter X 2 b')), 1, 'two hold alone')
  t.equal(broken(log('enter X 1 a', 'enter S 2 b')), 1, 'one shares what another holds alone')
  t.equal(broken(log('enter S 1 a', 'enter X 2 b')), 1, 'one holds alone what others share')
  t.equal(broken(log('enter X 2 a', 'leave X 2 a', 'enter X 1 b')), 1, 'a token falls')
  t.equal(broken(log('leave X 1 a')), 1, 'one leaves where he was not')
  t.equal(broken(log('enter S 1 a', 'enter S 2 b', 'enter S 3 c'), { sharers: 2 }), 1, 'too many share')
  const death = log('enter X 1 a', 'enter X 2 b', 'leave X 2 b')
  t.equal(broken(death), 1)
  t.equal(broken(death, { deaths: true }), 0, 'the holder of 1 has died')
  t.equal(broken(log('enter X 2 b', 'enter X 1 a'), { deaths: true }), 2, 'a deposed holder comes back')
})

t.test('the judge of the fence', async t => {
  const sound = log('enter X 1 a-1', 'leave X 1 a-1', 'enter X 2 b-1', 'harmed b-1', 'enter X 3 a-1', 'enter X 2 b-1')
  t.match(judgeFencing(log('enter X 1 a-1', 'harmed a-1', 'enter X 2 b-2', 'leave X 1 a-1')), {
    taken: { a: 1, b: 1 },
    overtaken: 1,
    violations: [],
  })
  t.match(judgeFencing(sound).violations, [/its token has been seen/])
  t.match(judgeFencing(log('enter X 2 a-1', 'leave X 2 a-1', 'enter X 1 b-1')).violations, [/never harmed/])
  t.match(judgeFencing(log('enter X 1 a-1', 'enter X 2 b-1')).violations, [/beside a-1/])
  t.match(judgeFencing(log('enter X 2 a-1', 'leave X 2 a-1', 'harmed b-1', 'enter X 1 b-1')), {
    refused: 1,
    violations: [],
  })
})
