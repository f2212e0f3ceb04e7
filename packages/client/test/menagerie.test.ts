/** The client against Menagerie: the very tests that it passes against Apache ZooKeeper. */
import t from 'tap'
import { migration } from './adapter.js'
import { caches } from './caches.js'
import { misuse } from './misuse.js'
import { operations } from './operations.js'
import { readme } from './readme.js'
import { startMenagerie } from './support/menagerie.js'
import { runTests } from './support/run-tests.js'
import { transactions } from './transactions.js'
import { watchStreams } from './watch-streams.js'

t.setTimeout(120_000)
t.test('with Menagerie, the client', async t => {
  const server = await startMenagerie()
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
