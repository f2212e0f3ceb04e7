import { answerWord, enabledWords, type MonitorSource } from '@menagerie/core'
import t from 'tap'
import { recorded, recordedSource } from './recorded.js'

const ALL = enabledWords(['*'], false)
/** Metrics that 3.9.5 has and the recorded 3.8.0 does not. */
const NEW_IN_3_9 =
  /^zk_((snapshot|restore)_error_count|(snapshot|restore)_rate_limited_count|(avg|min|max|cnt|sum)_restore_time)$/

const entriesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t') as [string, string])
const mntr = (source: MonitorSource) => entriesOf(answerWord('mntr', source, ALL) as string)
const typeOf = (value: string) => (/^-?\d+$/.test(value) ? 'whole' : /^-?\d+\.\d+$/.test(value) ? 'decimal' : 'text')

/** What happened on the recorded server, as far as keys depend on it. */
function sourceWithTraffic(): MonitorSource {
  const source = recordedSource()
  source.metrics.summary('read_per_namespace', 'app').observe(77)
  source.metrics.summary('write_per_namespace', 'app').observe(9)
  return source
}

t.test('mntr prints the recorded keys in the recorded order, with values of the same type', t => {
  const expected = entriesOf(recorded('mntr')).map(([key, value]) => [key, typeOf(value)])
  const found = mntr(sourceWithTraffic()).filter(([key]) => !NEW_IN_3_9.test(key))
  t.strictSame(
    found.map(([key, value]) => [key, typeOf(value)]),
    expected,
  )
  t.end()
})

t.test("3.9.5's metrics are there too", t => {
  t.equal(mntr(recordedSource()).filter(([key]) => NEW_IN_3_9.test(key)).length, 9)
  t.end()
})

t.test('gauges and text have the recorded values', t => {
  const expected = new Map(entriesOf(recorded('mntr')))
  const found = new Map(mntr(recordedSource()))
  for (const key of ['version', 'server_state', 'znode_count', 'watch_count', 'uptime', 'avg_latency', 'min_latency'])
    t.equal(found.get(`zk_${key}`), expected.get(`zk_${key}`), key)
  for (const key of ['max_latency', 'ephemerals_count', 'global_sessions', 'approximate_data_size'])
    t.equal(found.get(`zk_${key}`), expected.get(`zk_${key}`), key)
  t.equal(found.get('zk_last_client_response_size'), '-1', 'as after srst')
  t.equal(found.get('zk_open_file_descriptor_count'), '-1', 'where the host does not tell')
  t.end()
})

t.test('summaries show average, least, most, count, sum and quantiles', t => {
  const source = recordedSource()
  for (const value of [2, 3, 3]) source.metrics.summary('updatelatency').observe(value)
  source.metrics.summary('ack_latency', '2').observe(5)
  source.metrics.counter('quota_exceeded_error_per_namespace', 'app').add(4)
  const found = new Map(mntr(source))
  const shown = (name: string) =>
    ['avg', 'min', 'max', 'cnt', 'sum', 'p50', 'p999'].map(x => found.get(`zk_${x}_${name}`))
  t.strictSame(shown('updatelatency'), ['2.6667', '2', '3', '3', '8', '3', '3'])
  t.strictSame(shown('2_ack_latency'), ['5.0', '5', '5', '1', '5', '5', '5'])
  t.equal(found.get('zk_app_quota_exceeded_error_per_namespace'), '4')
  t.end()
})

t.test('srst sets counters, summaries and packets back, and leaves gauges', t => {
  const source = sourceWithTraffic()
  source.metrics.counter('response_bytes').add(708)
  source.statistics.responseSent(89)
  answerWord('srst', source, ALL)
  const expected = new Map(entriesOf(recorded('mntr-after-srst')))
  const found = new Map(mntr(source))
  for (const key of ['response_bytes', 'avg_latency', 'max_latency', 'max_client_response_size', 'cnt_fsynctime'])
    t.equal(found.get(`zk_${key}`), expected.get(`zk_${key}`), key)
  t.equal(found.get('zk_cnt_app_read_per_namespace'), '0')
  t.equal(found.get('zk_packets_received'), '0')
  t.equal(found.get('zk_znode_count'), '9')
  t.end()
})
