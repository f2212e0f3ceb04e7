import t from 'tap'
import { apacheClassPath } from '../support/apache.js'
import { runChild } from '../support/child.js'
import { program } from '../support/java.js'
import { MENAGERIE_COMMAND } from '../support/menagerie.js'
import { startTarget, target } from '../support/target.js'
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

const pytest = (plugin: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
  runChild('/usr/bin/python3', ['-m', 'pytest', '-p', plugin, '-p', 'no:cacheprovider', '-q', '-rfE', ...args], {
    env: {
      ...process.env,
      PYTHONPATH: program('.'),
      PYTHONDONTWRITEBYTECODE: '1',
      ZOOKEEPER_VERSION: '3.9.5',
      ...env,
    },
    timeoutMs: 800_000,
  })
const suite = (name: string) => `/usr/lib/python3/dist-packages/kazoo/tests/test_${name}.py`

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
    const result = await pytest('kazoo_on_one_server', SUITES.map(suite), { MENAGERIE_SERVER: server.address })
    endedWell(t, result, 'pytest is content')
    t.match(result.stdout, /\d{2,} passed/)
  },
)

// What the other run leaves out, but for tests that give a server a few seconds to start or to become read-only.
t.test(
  "kazoo's own tests of reconfiguration, lists of servers and SASL pass on ensembles that it starts",
  needs(
    'kazoo (Debian: python3-kazoo)',
    'pytest (Debian: python3-pytest)',
    'SASL for kazoo (Debian: python3-pure-sasl)',
  ),
  async t => {
    const args = ['-k', 'TestReconfig or update_host_list or SASLDigest', suite('client'), suite('sasl')]
    const result = await pytest('kazoo_own_cluster', args, {
      ZOOKEEPER_JAAS_AUTH: 'digest',
      ZOOKEEPER_CLASSPATH: apacheClassPath(),
      ...(target === 'apache' ? {} : { MENAGERIE_COMMAND: `${process.execPath}\n${MENAGERIE_COMMAND}\nstart` }),
    })
    endedWell(t, result, 'pytest is content')
    t.match(result.stdout, /\b8 passed/)
  },
)
