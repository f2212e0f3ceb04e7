/** Servers that follow an ensemble whose configuration does not name them yet. */
import t from 'tap'
import { Ensemble } from '../support/ensemble.js'
import type { ServerKind } from '../support/ensemble-server.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(300_000)

const JOINER = 4

const cases: readonly [name: string, members: readonly ServerKind[]][] = [
  ['Apache', ['apache', 'apache', 'apache']],
  ['both kinds', ['menagerie', 'apache', 'apache']],
]

for (const [name, members] of cases) {
  t.test(`among members of ${name} a server that joins finds the next leader, too`, apacheTools(), async t => {
    await using ensemble = await Ensemble.create([...members, 'menagerie'], {
      config: { reconfigEnabled: true, standaloneEnabled: false },
      joining: [JOINER],
    })
    const known = ensemble.servers.filter(({ id }) => id !== JOINER)
    const joiner = ensemble.server(JOINER)
    for (const server of known) server.start()
    await ensemble.untilServing()
    joiner.start()
    t.equal(await joiner.untilServing(), 'follower')
    // The connections for votes that it has opened go with the servers; it has to open others, as a stranger.
    for (const server of await ensemble.followers()) {
      if (server === joiner) continue
      await server.stop()
      server.start()
      await ensemble.untilServing()
    }
    await (await ensemble.leader()).kill9()
    await ensemble.leader()
    t.equal(await joiner.untilServing(), 'follower')
  })
}
