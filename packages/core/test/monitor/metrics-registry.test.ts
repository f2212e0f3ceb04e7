import { MetricsRegistry, RunningSummary, ServerStatistics, type SummaryValue } from '@menagerie/core'
import t from 'tap'

t.test('one name is one instrument, and a key makes another', t => {
  const metrics = new MetricsRegistry()
  t.equal(metrics.counter('commit_count'), metrics.counter('commit_count'))
  t.equal(metrics.summary('fsynctime'), metrics.summary('fsynctime'))
  t.equal(metrics.summary('readlatency'), metrics.summary('readlatency'))
  t.equal(metrics.summary('read_per_namespace', 'a'), metrics.summary('read_per_namespace', 'a'))
  t.not(metrics.summary('read_per_namespace', 'a'), metrics.summary('read_per_namespace', 'b'))
  t.not(metrics.counter('own', 'a'), metrics.counter('own'))
  t.end()
})

t.test('counters add up, gauges are asked for at each reading, families carry their keys', t => {
  const metrics = new MetricsRegistry()
  let level = 1
  metrics.counter('commit_count').add(2)
  metrics.counter('commit_count').add(3)
  metrics.gauge('level', () => level)
  metrics.gaugeSet('quota_count_limit_per_namespace', () => [['app', level * 10]])
  t.equal(metrics.read().get('commit_count'), 5)
  t.equal(metrics.read().get('level'), 1)
  level = 2
  t.equal(metrics.read().get('level'), 2)
  t.equal(metrics.read().get('app_quota_count_limit_per_namespace'), 20)
  t.end()
})

t.test('a summary keeps count, sum, min and max, all 0 without observations', t => {
  const summary = new RunningSummary()
  t.strictSame(summary.read(), { count: 0, sum: 0, min: 0, max: 0 })
  for (const value of [3, 1, 2]) summary.observe(value)
  t.strictSame(summary.read(), { count: 3, sum: 6, min: 1, max: 3 })
  summary.reset()
  t.strictSame(summary.read(), { count: 0, sum: 0, min: 0, max: 0 })
  t.end()
})

t.test('quantiles are exact below 128 and within 3 percent above', t => {
  const exact = new RunningSummary({ quantiles: true })
  t.strictSame(exact.read().quantiles, { p50: 0, p95: 0, p99: 0, p999: 0 })
  for (let value = 1; value <= 100; value++) exact.observe(value)
  t.strictSame(exact.read().quantiles, { p50: 50, p95: 95, p99: 99, p999: 100 })
  for (const value of [127, 128, 129, 1000, 4095, 123_456, 2 ** 30, 2 ** 31 - 1]) {
    const one = new RunningSummary({ quantiles: true })
    one.observe(value)
    const { p50 } = one.read().quantiles!
    t.ok(p50 <= value && p50 >= value * 0.97, `${value} is seen as ${p50}`)
  }
  t.end()
})

t.test('quantiles survive values beyond their range', t => {
  const summary = new RunningSummary({ quantiles: true })
  for (const value of [-5, 2 ** 40]) summary.observe(value)
  const { min, max, quantiles } = summary.read()
  t.strictSame([min, max], [-5, 2 ** 40])
  t.equal(quantiles!.p50, 0)
  t.ok(quantiles!.p999 > 2 ** 30)
  t.end()
})

t.test('reset sets counters and summaries back, quantiles included, and keeps the instruments', t => {
  const metrics = new MetricsRegistry()
  const counter = metrics.counter('commit_count')
  const summary = metrics.summary('readlatency')
  counter.add(5)
  summary.observe(9)
  metrics.reset()
  t.equal(metrics.read().get('commit_count'), 0)
  t.equal((metrics.read().get('readlatency') as SummaryValue).quantiles!.p99, 0)
  counter.add(1)
  t.equal(metrics.read().get('commit_count'), 1)
  t.end()
})

t.test('response sizes are -1 before the first response and after a reset', t => {
  const statistics = new ServerStatistics()
  t.strictSame(statistics.responseBytes, { last: -1, min: -1, max: -1 })
  for (const bytes of [20, 16, 93, 40]) statistics.responseSent(bytes)
  t.strictSame(statistics.responseBytes, { last: 40, min: 16, max: 93 })
  statistics.authFailed++
  statistics.reset()
  t.strictSame(statistics.responseBytes, { last: -1, min: -1, max: -1 })
  t.equal(statistics.authFailed, 1, 'failed authentications stay')
  t.end()
})
