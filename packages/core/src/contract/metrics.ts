/** The test kit of the {@link Metrics} seam. */
import type { Metrics } from '../seams/index.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

/** The tests of every set of counters; `create` makes an empty one. */
export function metricsContract(test: TestFunction, create: () => Metrics): void {
  const on = (name: string, body: (metrics: Metrics) => void) => test(name, async () => body(create()))
  /** A summary without what an implementation may add. */
  const summary = (metrics: Metrics, name: string) => {
    const value = metrics.read().get(name)
    expect(typeof value === 'object', `${name} is read as a summary`)
    const { count, sum, min, max } = value
    return [count, sum, min, max]
  }

  on('one name is one counter, whose additions sum up', metrics => {
    metrics.counter('hits').add(2)
    metrics.counter('hits').add(3)
    metrics.counter('misses').add(1)
    expectEqual([metrics.read().get('hits'), metrics.read().get('misses')], [5, 1], 'values')
  })

  on('an instrument is read before its first use, as zero', metrics => {
    metrics.counter('hits')
    metrics.summary('time')
    expectEqual(metrics.read().get('hits'), 0, 'counter')
    expectEqual(summary(metrics, 'time'), [0, 0, 0, 0], 'summary')
  })

  on('a summary keeps count, sum, min and max', metrics => {
    const time = metrics.summary('time')
    for (const value of [3, 1, 2]) time.observe(value)
    metrics.summary('time').observe(0)
    expectEqual(summary(metrics, 'time'), [4, 6, 0, 3], 'count, sum, min, max')
  })

  on('quantiles, where there are any, lie between min and max in order', metrics => {
    for (const name of ['time', 'readlatency', 'updatelatency']) {
      for (let value = 10; value < 110; value++) metrics.summary(name).observe(value)
      const value = metrics.read().get(name)
      expect(typeof value === 'object', `${name} is read as a summary`)
      if (value.quantiles === undefined) continue
      const { p50, p95, p99, p999 } = value.quantiles
      const ordered = [10, p50, p95, p99, p999, 109]
      expectEqual(
        ordered,
        [...ordered].sort((a, b) => a - b),
        `quantiles of ${name}`,
      )
    }
  })

  on('keys make separate instruments under one name', metrics => {
    metrics.counter('errors', 'a').add(1)
    metrics.counter('errors', 'b').add(2)
    metrics.counter('errors').add(4)
    metrics.summary('size', 'a').observe(5)
    const values = metrics.read()
    expectEqual([values.get('a_errors'), values.get('b_errors'), values.get('errors')], [1, 2, 4], 'counters')
    expectEqual(summary(metrics, 'a_size'), [1, 5, 5, 5], 'summary')
  })

  on('a gauge is asked at each reading and can be replaced', metrics => {
    let level = 1
    metrics.gauge('level', () => level)
    const first = metrics.read().get('level')
    level = 2
    const second = metrics.read().get('level')
    metrics.gauge('level', () => 9)
    expectEqual([first, second, metrics.read().get('level')], [1, 2, 9], 'readings')
  })

  on('keys of a gauge family come and go', metrics => {
    const levels = new Map([['a', 1]])
    metrics.gaugeSet('level', () => levels)
    expectEqual(metrics.read().get('a_level'), 1, 'first reading')
    levels.clear()
    levels.set('b', 2)
    expectEqual([metrics.read().has('a_level'), metrics.read().get('b_level')], [false, 2], 'second reading')
  })

  on('readings tell each value with its kind, and name and key apart', metrics => {
    metrics.counter('hits').add(2)
    metrics.counter('errors', 'a').add(3)
    metrics.summary('time').observe(7)
    metrics.summary('size', 'b').observe(5)
    metrics.gauge('level', () => 4)
    metrics.gaugeSet('depth', () => [['c', 6]])
    const readings = [...metrics.readings()]
    const found = (name: string) => {
      const reading = readings.find(one => one.name === name)
      expect(reading !== undefined, `there is a reading of ${name}`)
      const { kind, key, value } = reading
      return [kind, key, typeof value === 'number' ? value : value.sum]
    }
    expectEqual(found('hits'), ['counter', undefined, 2], 'a counter')
    expectEqual(found('errors'), ['counter', 'a', 3], 'a counter of a family')
    expectEqual(found('time'), ['summary', undefined, 7], 'a summary')
    expectEqual(found('size'), ['summary', 'b', 5], 'a summary of a family')
    expectEqual(found('level'), ['gauge', undefined, 4], 'a gauge')
    expectEqual(found('depth'), ['gauge', 'c', 6], 'a gauge of a family')
    expectEqual(readings.length, metrics.read().size, 'as many as read() has')
  })

  on('reset sets counters and summaries back, and instruments that are held go on', metrics => {
    const [hits, time, keyed] = [metrics.counter('hits'), metrics.summary('time'), metrics.counter('errors', 'a')]
    metrics.gauge('level', () => 3)
    hits.add(5)
    keyed.add(5)
    time.observe(7)
    metrics.reset()
    expectEqual([metrics.read().get('hits'), metrics.read().get('a_errors')], [0, 0], 'counters')
    expectEqual(summary(metrics, 'time'), [0, 0, 0, 0], 'summary')
    expectEqual(metrics.read().get('level'), 3, 'gauge')
    hits.add(1)
    time.observe(2)
    expectEqual(metrics.read().get('hits'), 1, 'counter after the reset')
    expectEqual(summary(metrics, 'time'), [1, 2, 2, 2], 'summary after the reset')
  })
}
