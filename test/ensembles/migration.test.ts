/** docs/migration.md, carried out: a live ensemble of Apache's servers becomes one of Menagerie's, and back. */
import t from 'tap'
import { startChild } from '../support/child.js'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown, storedStates } from '../support/ensemble-agreement.js'
import { Load } from '../support/ensemble-load.js'
import type { ServerKind } from '../support/ensemble-server.js'
import { ForeignWriter } from '../support/foreign-writer.js'
import { compileJava, program } from '../support/java.js'
import { needs } from '../support/tools.js'

t.setTimeout(900_000)

/** Followers first and the leader last: so there is one election in each direction. */
async function replaceAll(ensemble: Ensemble, kind: ServerKind, betweenSteps: () => Promise<void>): Promise<void> {
  const order = [...(await ensemble.followers()), await ensemble.leader()]
  for (const server of order) {
    await server.stop()
    server.kind = kind
    server.start()
    await server.untilServing()
    await ensemble.untilServing()
    // As the document has it: the leader sees both of the others in step before the next one goes.
    const leader = await ensemble.leader()
    while ((await leader.metric('synced_followers')) !== '2') await betweenSteps()
    await betweenSteps()
  }
}

const kazoo = (args: readonly string[]) => startChild('/usr/bin/python3', [program('kazoo_writes.py'), ...args])

const tools = needs(
  ...(['java', 'javac', 'Apache ZooKeeper (Debian: zookeeper, libzookeeper-java)'] as const),
  'kazoo (Debian: python3-kazoo)',
)

t.test(
  'a live ensemble goes from Apache to Menagerie and back under load, with every write and session',
  tools,
  async t => {
    await using ensemble = await Ensemble.start(['apache', 'apache', 'apache'])
    const { connectString, servers } = ensemble
    const addresses = servers.map(({ address }) => address)
    const load = await Load.start([0, 1, 2].map(at => [...addresses.slice(at), ...addresses.slice(0, at)].join()))
    using java = await compileJava('JavaWrites.java')
    const others = [
      await ForeignWriter.start(kazoo, connectString, '/kazoo'),
      await ForeignWriter.start(args => java.start(args), connectString, '/java'),
    ]
    t.teardown(() => Promise.all(others.map(other => other.kill())))
    const writes = async () => {
      await load.more(20)
      for (const other of others) await other.more(5)
    }
    await writes()

    for (const kind of ['menagerie', 'apache'] as const) {
      await replaceAll(ensemble, kind, writes)
      t.strictSame(
        servers.map(server => server.kind),
        [kind, kind, kind],
      )
      for (const server of servers) {
        const version = await server.metric('version')
        t.ok(version, `server ${server.id} of ${kind} says its version: ${version}`)
      }
    }

    await load.end()
    for (const other of others) t.strictSame(await other.end(addresses), [])
    for (const address of addresses) t.strictSame(await load.missingOn(address), [])
    t.strictSame(await differencesShown(ensemble), [])
    await load.close()
    for (const server of servers) await server.stop()
    const [first, ...rest] = await storedStates(ensemble)
    for (const other of rest) t.strictSame(other, first, 'digest, znodes and sessions on disk')
  },
)
