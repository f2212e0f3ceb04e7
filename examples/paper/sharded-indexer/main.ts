/** The sharded indexer: a worker comes, one dies, the master dies. `npm run example -- sharded-indexer` */
import { type Client, TreeCache } from '@menagerie/client'
import { LeaderElection } from '@menagerie/recipes'
import { filter, firstValueFrom, startWith } from 'rxjs'
import { show } from '../support/show.js'
import { deploy } from './deploy.js'
import { childrenIn, paths, servings } from './layout.js'

const SHARDS = 6

await show(import.meta.dirname, async ({ client, start, say }) => {
  say(`Two masters stand for election, two workers join, and an index in ${SHARDS} shards is deployed.`)
  const masters = new Map(['master-1', 'master-2'].map(name => [name, start(name, 'master')]))
  const workers = ['worker-1', 'worker-2'].map(name => start(name, 'worker'))
  await Promise.all([...masters.values()].map(master => master.says(/stands by/)))
  await Promise.all(workers.map(worker => worker.says(/is ready/)))
  await deploy(client, SHARDS)

  say('A searcher finds the shards by their znodes.')
  const searcher = start('searcher', 'searcher', 'quorum')
  await searcher.says(/in 6 of 6 shards/)

  say('A third worker joins: the master gives it its share.')
  start('worker-3', 'worker')
  await servedBy(client, ['worker-1', 'worker-2', 'worker-3'])

  say('worker-1 is killed. Its znodes go with its session, and the master gives its shards to the others.')
  await workers[0].kill()
  await servedBy(client, ['worker-2', 'worker-3'])

  const election = new LeaderElection(client, paths.masters, { id: 'narrator' })
  const leader = (await election.leader())!.id
  say(`The master, ${leader}, is killed, and worker-2 as well: for a while nobody is there to see to it.`)
  await masters.get(leader)!.kill()
  await workers[1].kill()
  await servedBy(client, ['worker-3'])

  say('worker-3 has the whole index by order of the new master. Who asks now gets all of the answer:')
  await start('searcher-2', 'searcher', 'quorum').says(/in 6 of 6 shards/)
})

/** Resolves when all shards can be searched, and each of these workers has some. */
async function servedBy(client: Client, workers: readonly string[]): Promise<void> {
  await using serving = await TreeCache.open(client, paths.serving)
  const isServed = () => {
    const places = [...childrenIn(serving, servings).values()].map(({ worker }) => worker)
    return places.length === SHARDS && [...new Set(places)].sort().join() === workers.join()
  }
  await firstValueFrom(serving.changes$.pipe(startWith(undefined), filter(isServed)))
}
