/** Menagerie's and Apache's servers in one ensemble: each role is killed under load, and all agree at the end. */
import t from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown, storedStates } from '../support/ensemble-agreement.js'
import { Load } from '../support/ensemble-load.js'
import type { EnsembleServer, ServerKind } from '../support/ensemble-server.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(600_000)

/** Servers 1 to 3 vote, 4 observes. */
const LEADER = 3
const OBSERVER = 4

/** Starts 3 so that it leads, and the others behind it. */
async function startLedBy3(kinds: readonly ServerKind[]): Promise<Ensemble> {
  const ensemble = await Ensemble.create(kinds, { observers: [OBSERVER] })
  const [first, second, leader, observer] = ensemble.servers
  for (const server of [first, leader]) server.start()
  await ensemble.untilServing([first, leader])
  for (const server of [second, observer]) server.start()
  await ensemble.untilServing()
  return ensemble
}

/** One client for each server, which goes to the others when it is gone. */
function connectStrings({ servers }: Ensemble): string[] {
  return servers.map((_, at) => [...servers.slice(at), ...servers.slice(0, at)].map(({ address }) => address).join())
}

async function killAndRestart(server: EnsembleServer, ensemble: Ensemble, load: Load): Promise<void> {
  await load.more(30)
  await server.kill9()
  await load.more(30)
  server.start()
  await ensemble.untilServing()
  await load.more(10)
}

const cases: readonly [name: string, kinds: readonly ServerKind[]][] = [
  ['a leader and an observer of Menagerie among followers of Apache', ['apache', 'apache', 'menagerie', 'menagerie']],
  ['a leader and an observer of Apache among followers of Menagerie', ['menagerie', 'menagerie', 'apache', 'apache']],
]

for (const [name, kinds] of cases) {
  t.test(`${name} keep every write and session while each of them is killed`, apacheTools(), async t => {
    await using ensemble = await startLedBy3(kinds)
    t.equal((await ensemble.leader()).id, LEADER)
    t.equal(await ensemble.server(OBSERVER).mode(), 'observer')
    const load = await Load.start(connectStrings(ensemble))
    for (const id of [1, OBSERVER, LEADER]) await killAndRestart(ensemble.server(id), ensemble, load)
    // Whoever leads by now is of the other kind, or it is 3 again: it is killed as well.
    await killAndRestart(await ensemble.leader(), ensemble, load)
    await load.end()
    for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
    t.strictSame(await differencesShown(ensemble), [])
    await load.close()
    for (const server of ensemble.servers) await server.stop()
    const [first, ...others] = await storedStates(ensemble)
    for (const other of others) t.strictSame(other, first, 'digest, znodes and sessions on disk')
  })
}

t.test(
  'servers of both kinds that start at once, with nothing on their disks, all come to serve',
  apacheTools(),
  async t => {
    await using ensemble = await Ensemble.start(['menagerie', 'apache', 'apache'])
    const modes = await Promise.all(ensemble.servers.map(server => server.mode()))
    t.strictSame(modes.sort(), ['follower', 'follower', 'leader'])
  },
)
