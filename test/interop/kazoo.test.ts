import t from 'tap'
import { runChild } from '../support/child.js'
import { program } from '../support/java.js'
import { startTarget } from '../support/target.js'
import { needs } from '../support/tools.js'
import { endedWell } from '../support/verdict.js'

t.setTimeout(900_000)

t.test('kazoo and its recipes find what they expect', needs('kazoo (Debian: python3-kazoo)'), async t => {
  await using server = await startTarget()
  const result = await runChild('/usr/bin/python3', [program('kazoo_client.py'), server.address], {
    timeoutMs: 180_000,
  })
  endedWell(t, result, 'no surprise')
  t.match(result.stdout, /all is well/)
})

// Its cluster is replaced by the server under test. Left out is what starts, stops or counts servers, what
// wants SASL, and what tests kazoo alone, without a server.
const SUITES = [
  'barrier',
  'cache',
  'client',
  'counter',
  'election',
  'lease',
  'lock',
  'party',
  'partitioner',
  'queue',
  'watchers',
]
t.test(
  "kazoo's own test suite passes",
  needs('kazoo (Debian: python3-kazoo)', 'pytest (Debian: python3-pytest)'),
  async t => {
    await using server = await startTarget({ config: { reconfigEnabled: true } })
    const files = SUITES.map(name => `/usr/lib/python3/dist-packages/kazoo/tests/test_${name}.py`)
    const env = {
      ...process.env,
      MENAGERIE_SERVER: server.address,
      PYTHONPATH: program('.'),
      PYTHONDONTWRITEBYTECODE: '1',
      ZOOKEEPER_VERSION: '3.9.5',
    }
    const args = ['-m', 'pytest', '-p', 'kazoo_on_one_server', '-p', 'no:cacheprovider', '-q', '-rfE', ...files]
    const result = await runChild('/usr/bin/python3', args, { env, timeoutMs: 800_000 })
    endedWell(t, result, 'pytest is content')
    t.match(result.stdout, /\d{2,} passed/)
  },
)
