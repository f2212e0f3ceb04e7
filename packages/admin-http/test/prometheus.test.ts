import t from 'tap'
import { recorded, watchedServer } from './support/bench.js'

/** The metrics of an exposition: `name{labels}` to value, and the type of each name. */
function parse(text: string) {
  const values = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (name !== undefined) types.set(name, type)
    const [, key, value] = /^([^#\s]\S*) (\S+)$/.exec(line) ?? []
    if (key !== undefined) values.set(key, Number(value))
  }
  return { values, types }
}

t.test('the metrics are those of mntr under the names that Apache gives to Prometheus', async t => {
  const { metrics } = await watchedServer(t)
  const response = await fetch(metrics)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const { types } = parse(await response.text())
  const names = Object.keys(recorded.standalone['monitor'])
    .filter(name => !/^(version|server_state|command|error)$|_per_namespace$/.test(name))
    .map(name =>
      name.replace(/^(avg|min|max|cnt|sum|p50|p95|p99|p999)_(?!latency|client_response|file_descriptor)/, ''),
    )
  t.strictSame(
    [...new Set(names)].filter(name => !types.has(name)),
    [],
    'none is missing',
  )
  t.strictSame(
    [...types.keys()].filter(name => name.startsWith('zk_')),
    [],
    'none has the prefix of mntr',
  )
  t.match(Object.fromEntries(types), {
    znode_count: 'gauge',
    avg_latency: 'gauge',
    commit_count: 'counter',
    fsynctime: 'summary',
    readlatency: 'summary',
  })
})

t.test('values are those of now, and a summary has count, sum and quantiles', async t => {
  const { server, metrics, connect } = await watchedServer(t)
  const before = parse(await (await fetch(metrics)).text()).values
  const client = await connect()
  await client.create('/a')
  for (let value = 1; value <= 100; value++) server.metrics.summary('readlatency').observe(value)
  server.metrics.summary('snapshottime').observe(7)
  const after = parse(await (await fetch(metrics)).text()).values
  t.equal(after.get('znode_count')! - before.get('znode_count')!, 1)
  t.equal(after.get('num_alive_connections'), 1)
  t.match(Object.fromEntries(after), {
    readlatency_count: 100,
    readlatency_sum: 5050,
    'readlatency{quantile="0.5"}': 50,
    'readlatency{quantile="0.9"}': 90,
    'readlatency{quantile="0.99"}': 99,
  })
  t.equal(before.get('readlatency_count'), 0)
  t.ok(Number.isNaN(before.get('readlatency{quantile="0.5"}')), 'there is no quantile of nothing')
  t.equal(after.get('snapshottime_sum')! - before.get('snapshottime_sum')!, 7)
})

t.test('a member of a family has its key as a label', async t => {
  const { server, metrics } = await watchedServer(t)
  server.metrics.counter('quota_exceeded_error_per_namespace', 'a"b').add(2)
  server.metrics.gaugeSet('depth', () => [['x', 4]])
  server.metrics.summary('ack_latency', '2').observe(3)
  t.match(Object.fromEntries(parse(await (await fetch(metrics)).text()).values), {
    'quota_exceeded_error_per_namespace{key="a\\"b"}': 2,
    'depth{key="x"}': 4,
    'ack_latency_count{key="2"}': 1,
    'ack_latency{key="2",quantile="0.5"}': 3,
  })
})

t.test('metrics of the process are there if they are wanted', async t => {
  const { metrics } = await watchedServer(t, { http: { prometheus: { processMetrics: true } } })
  const { values } = parse(await (await fetch(metrics)).text())
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_heap_size_used_bytes'])
    t.ok(values.get(name)! > 0, name)
  const without = await watchedServer(t)
  t.notMatch(await (await fetch(without.metrics)).text(), 'process_resident_memory_bytes')
})

t.test('other paths and methods are refused', async t => {
  const { metrics } = await watchedServer(t)
  t.equal((await fetch(metrics, { method: 'POST', body: 'x' })).status, 405)
  t.equal((await fetch(new URL('/', metrics))).status, 404)
  t.equal((await fetch(`${metrics}?name[]=fsynctime`)).status, 200)
  t.equal(await (await fetch(metrics, { method: 'HEAD' })).text(), '')
})
