import t from 'tap'
import { median, percentile, ratio, reached, spread } from './statistics.js'

t.test('percentile', async t => {
  t.test('is the nearest rank: a value that was measured', async t => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    t.equal(percentile(hundred, 0.5), 50)
    t.equal(percentile(hundred, 0.99), 99)
    t.equal(percentile(hundred, 1), 100)
    t.equal(percentile([3, 8], 0.5), 3)
    t.equal(percentile([3, 8], 0.51), 8)
  })
  t.test('of share 0 is the minimum, and of one sample that sample', async t => {
    t.equal(percentile([4, 5, 6], 0), 4)
    t.equal(percentile([7], 0.99), 7)
  })
  t.test('has no value without samples', async t => {
    t.ok(Number.isNaN(percentile([], 0.5)))
  })
})

t.test('median takes the middle whatever the order, and leaves its input alone', async t => {
  const values = [10, 2, 9]
  t.equal(median(values), 9)
  t.strictSame(values, [10, 2, 9])
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.ok(Number.isNaN(median([])))
})

t.test('ratio says nothing about a baseline that is zero, negative or missing', async t => {
  t.equal(ratio(6, 2), 3)
  for (const baseline of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) t.ok(Number.isNaN(ratio(1, baseline)))
  t.ok(Number.isNaN(ratio(Number.NaN, 1)))
})

t.test('reached', async t => {
  t.test('counts the target itself, in the direction of the row', async t => {
    t.equal(reached(3, 3, 'higher'), true)
    t.equal(reached(2.99, 3, 'higher'), false)
    t.equal(reached(0.5, 0.5, 'lower'), true)
    t.equal(reached(0.51, 0.5, 'lower'), false)
  })
  t.test('is neither yes nor no without a target or without a ratio', async t => {
    t.equal(reached(3, null, 'higher'), null)
    t.equal(reached(Number.NaN, 3, 'higher'), null)
  })
})

t.test('spread is half the range over the median', async t => {
  t.equal(spread([9, 10, 11]), 0.1)
  t.equal(spread([5]), 0)
  t.ok(Number.isNaN(spread([])))
})
