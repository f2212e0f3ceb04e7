/** Observers behind a follower of the other kind, under load, while each part of the way is killed. */
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown } from '../support/ensemble-agreement.js'
import { Load } from '../support/ensemble-load.js'
import type { EnsembleServer, ServerKind } from '../support/ensemble-server.js'
import { freePort } from '../support/ports.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(600_000)

/** Server 1 takes observers, 3 leads, 4 observes. */
const MASTER = 1
const OBSERVER = 4

/** Waits until so many observers are in step behind a server. */
async function untilBehind(server: EnsembleServer, count: number): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const value = await server.metric('synced_observers')
    if (value === String(count)) return
    if (Date.now() > deadline) throw new Error(`${value} observers behind server ${server.id}:\n${server.output}`)
    await delay(50)
  }
}

async function start(kinds: readonly ServerKind[]): Promise<Ensemble> {
  const observerMasterPort = await freePort()
  const ensemble = await Ensemble.create(kinds, {
    observers: [OBSERVER],
    configOf: (id): Record<string, number> => (id === MASTER || id === OBSERVER ? { observerMasterPort } : {}),
  })
  const [master, second, leader, observer] = ensemble.servers
  for (const server of [second, leader]) server.start()
  await ensemble.untilServing([second, leader])
  // An observer that finds no follower goes to the leader.
  master.start()
  await ensemble.untilServing([master, second, leader])
  observer.start()
  await ensemble.untilServing()
  return ensemble
}

const cases: readonly [name: string, kinds: readonly ServerKind[]][] = [
  ['an observer of Apache behind a follower of Menagerie', ['menagerie', 'apache', 'apache', 'apache']],
  ['an observer of Menagerie behind a follower of Apache', ['apache', 'apache', 'menagerie', 'menagerie']],
  ['an observer of Menagerie behind a follower of Menagerie', ['menagerie', 'apache', 'apache', 'menagerie']],
]

for (const [name, kinds] of cases) {
  t.test(`${name} has every write, and its clients keep their sessions`, apacheTools(), async t => {
    await using ensemble = await start(kinds)
    const [master, second, leader, observer] = ensemble.servers
    t.equal((await ensemble.leader()).id, leader.id)
    t.equal(await observer.mode(), 'observer')
    await untilBehind(master, 1)
    t.equal(await leader.metric('synced_observers'), '0')
    const others = ensemble.servers.filter(server => server !== observer)
    const load = await Load.start([
      [observer, ...others].map(({ address }) => address).join(),
      [second, master, leader, observer].map(({ address }) => address).join(),
    ])
    await load.more(100)
    for (const server of [observer, master, leader]) {
      await server.kill9()
      await load.more(50)
      server.start()
      await ensemble.untilServing()
      await load.more(50)
    }
    await load.end()
    for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
    t.strictSame(await differencesShown(ensemble), [])
    await load.close()
  })
}
