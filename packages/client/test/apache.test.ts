/** The client against Apache ZooKeeper. */
import t from 'tap'
import { migration } from './adapter.js'
import { caches } from './caches.js'
import { misuse } from './misuse.js'
import { operations } from './operations.js'
import { readme } from './readme.js'
import { apacheIsInstalled, startApache } from './support/apache.js'
import { runTests } from './support/run-tests.js'
import { transactions } from './transactions.js'
import { watchStreams } from './watch-streams.js'

const skip = apacheIsInstalled ? false : 'Apache ZooKeeper (/usr/share/java/zookeeper.jar) is not installed'
if (skip && process.env['CI'] === 'true') t.fail(`${skip}: the real server was not asked`)

t.setTimeout(120_000)
t.test('with Apache ZooKeeper, the client', { skip }, async t => {
  const server = await startApache()
  t.teardown(() => server.dispose())
  await runTests(t, server, [
    ...operations,
    ...misuse,
    ...transactions,
    ...watchStreams,
    ...caches,
    ...readme,
    ...migration,
  ])
})
