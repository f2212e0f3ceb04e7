/** A live ensemble changes its parts: its storages one server after another, its transport by a restart of all. */
import { CreateMode, connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { runChild } from '../support/child.js'
import { Load } from '../support/ensemble-load.js'
import { MENAGERIE_COMMAND } from '../support/menagerie.js'
import { startNats } from './support/nats.js'
import { type Parts, storageAddress } from './support/parts.js'
import { PartsEnsemble } from './support/parts-ensemble.js'
import { differences, stored } from './support/replicas.js'

t.setTimeout(300_000)

async function copyStorage(t: Test, from: string, to: string): Promise<void> {
  const copied = await runChild(process.execPath, [MENAGERIE_COMMAND, 'storage', 'copy', '--from', from, '--to', to])
  t.match(copied, { code: 0 }, `${from} is copied`)
}

/** All that was acknowledged is on every server, the sessions live, and the replicas are equal. */
async function allIsThere(t: Test, ensemble: PartsEnsemble, load: Load): Promise<void> {
  await load.end()
  for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
  t.strictSame(await differences(ensemble), [], 'the servers show the same')
}

t.test('an ensemble on files becomes one on RocksDB, server by server, while clients write', async t => {
  await using ensemble = await PartsEnsemble.start({ storage: 'file', transport: 'tcp' })
  const load = await Load.start(ensemble.connectStrings)
  for (const server of ensemble.servers) {
    await load.more(20)
    await server.stop()
    await load.more(20)
    const [from, to] = (['file', 'rocksdb'] as const).map(storage => storageAddress(server.dataDir, storage))
    await copyStorage(t, from, to)
    ensemble.assemble(server, { storage: 'rocksdb', transport: 'tcp' })
    server.start()
    await ensemble.untilServing()
    // Servers of both storages are in one ensemble now, until the last one has moved.
    await load.more(20)
  }
  await allIsThere(t, ensemble, load)
  await load.close()
  for (const server of ensemble.servers) await server.stop()
  const states = await Promise.all(ensemble.servers.map(({ dataDir }) => stored(storageAddress(dataDir, 'rocksdb'))))
  for (const state of states) t.strictSame(state, states[0], 'the servers have stored the same')
})

t.test('an ensemble over TCP becomes one over NATS by a restart, and back, with data and sessions', async t => {
  const nats = await startNats()
  t.teardown(() => nats.end())
  await using ensemble = await PartsEnsemble.start({ storage: 'file', transport: 'tcp' }, nats.url)
  const load = await Load.start(ensemble.connectStrings)
  const idle = await connect({ servers: ensemble.connectStrings[0], sessionTimeoutMs: 20_000 })
  await idle.create('/idle', null, { mode: CreateMode.EPHEMERAL })
  const { id } = idle.session
  for (const transport of ['nats', 'tcp'] as const) {
    await load.more(20)
    await restartAll(ensemble, { storage: 'file', transport })
    await load.more(20)
  }
  await idle.whenConnected()
  t.equal(idle.session.id, id, 'a session that did nothing goes on')
  t.equal((await idle.exists('/idle'))?.ephemeralOwner, id, 'with its ephemeral znode')
  await idle.close()
  await allIsThere(t, ensemble, load)
  await load.close()
})

/** Servers of two transports do not reach each other, so all of them change at once. */
async function restartAll(ensemble: PartsEnsemble, parts: Parts): Promise<void> {
  await Promise.all(ensemble.servers.map(server => server.stop()))
  for (const server of ensemble.servers) {
    ensemble.assemble(server, parts)
    server.start()
  }
  await ensemble.untilServing()
}
