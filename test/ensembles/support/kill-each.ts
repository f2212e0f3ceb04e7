/** What every ensemble has to stand, whatever it is made of. */
import type { Test } from 'tap'
import { Load } from '../../support/ensemble-load.js'
import type { EnsembleServer } from '../../support/ensemble-server.js'
import type { Storage, Transport } from './parts.js'
import { storageAddress } from './parts.js'
import { PartsEnsemble } from './parts-ensemble.js'
import { differences, stored } from './replicas.js'

/**
 * Kills each server in turn, the leader among them, while clients write, and starts it again; then the leader once more.
 * Nothing acknowledged may be missing, on any server, and the replicas have to be equal.
 */
export async function killEach(t: Test, storage: Storage, transport: Transport, natsUrl?: string): Promise<void> {
  await using ensemble = await PartsEnsemble.start({ storage, transport }, natsUrl)
  const load = await Load.start(ensemble.connectStrings)
  for (const server of ensemble.servers) await killAndRestart(server, ensemble, load)
  await killAndRestart(await ensemble.leader(), ensemble, load)
  await load.end()
  for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
  t.strictSame(await differences(ensemble), [], 'the servers show the same')
  await load.close()
  for (const server of ensemble.servers) await server.stop()
  if (storage === 'memory') return
  const [first, ...others] = await Promise.all(
    ensemble.servers.map(({ dataDir }) => stored(storageAddress(dataDir, storage))),
  )
  for (const other of others) t.strictSame(other, first, 'the servers have stored the same')
}

/**
 * A server on memory comes back with nothing. Its ensemble forgets nothing as long as a majority runs on, and the one
 * that came back is filled before the next one goes: hence the wait until it serves.
 */
async function killAndRestart(server: EnsembleServer, ensemble: PartsEnsemble, load: Load): Promise<void> {
  await load.more(20)
  await server.kill9()
  await load.more(20)
  server.start()
  await ensemble.untilServing()
  await load.more(10)
}
