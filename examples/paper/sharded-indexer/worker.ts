/** A worker: indexes the shards that are assigned to it, and answers searches in them. */
import { type CachedNode, type Client, CreateMode, MultiError, NoNodeError, TreeCache } from '@menagerie/client'
import { Group } from '@menagerie/recipes'
import { merge, startWith } from 'rxjs'
import { runPart } from '../support/part.js'
import { reconcile } from '../support/reconcile.js'
import { documentAt } from './documents.js'
import { InvertedIndex } from './inverted-index.js'
import { assignments, childrenIn, paths, prepare, servings, shards, workers } from './layout.js'
import { openSearch } from './search-server.js'

/** What reading and analysing a document would take. */
const PER_DOCUMENT_MS = 5

await runPart(async ({ client, id, signal }) => {
  await prepare(client)
  const indices = new Map<string, InvertedIndex>()
  await using search = await openSearch(indices)
  const describe = () => {
    const progress = Object.fromEntries([...indices].map(([shard, { size }]) => [shard, size]))
    return workers.encode({ url: search.url, progress })
  }
  await using group = new Group(client, paths.workers, { id, payload: describe() })
  await group.join()
  await using assigned = await TreeCache.open(client, paths.assignments)
  await using serving = await TreeCache.open(client, paths.serving)
  console.log('is ready')

  const own = () => new Map([...childrenIn(assigned, assignments)].filter(([, { worker }]) => worker === id))

  const step = async () => {
    for (const shard of [...indices.keys()].filter(shard => !own().has(shard))) {
      indices.delete(shard)
      await withdraw(client, serving.get(`${paths.serving}/${shard}`))
      console.log(`${shard} is another's now`)
    }
    for (const [shard, { node }] of own()) {
      if (!indices.has(shard)) {
        const index = await build(client, shard, () => own().has(shard) && !signal.aborted)
        if (index === undefined) continue
        indices.set(shard, index)
        console.log(`has indexed ${shard}`)
      }
      if (serving.get(`${paths.serving}/${shard}`) !== undefined) continue // the znode of this worker, or of the one before
      await announce(client, shard, node, servings.encode({ worker: id, url: search.url }))
    }
    await group.setPayload(describe())
  }
  await reconcile(client, merge(assigned.changes$, serving.changes$).pipe(startWith(undefined)), step, signal)
})

/** @returns undefined if it was called off */
async function build(client: Client, shard: string, wanted: () => boolean): Promise<InvertedIndex | undefined> {
  const { from, to } = shards.decode((await client.getData(`${paths.shards}/${shard}`)).data!)
  const index = new InvertedIndex()
  for (let n = from; n < to; n++) {
    await new Promise(resolve => setTimeout(resolve, PER_DOCUMENT_MS))
    if (!wanted()) return undefined
    index.add(n, documentAt(n))
  }
  return index
}

/** Only if the assignment is still this one, and the worker before has withdrawn or is gone: its znode goes with it. */
async function announce(client: Client, shard: string, { path, stat }: CachedNode, data: Uint8Array): Promise<void> {
  const multi = client.multi().check(path, stat.version)
  multi.create(`${paths.serving}/${shard}`, data, { mode: CreateMode.EPHEMERAL })
  await multi.commit().catch(error => {
    if (!(error instanceof MultiError)) throw error // otherwise the caches will tell what has changed
  })
}

async function withdraw(client: Client, node: CachedNode | undefined): Promise<void> {
  if (node?.stat.ephemeralOwner !== client.session.id) return
  await client.delete(node.path).catch(error => {
    if (!(error instanceof NoNodeError)) throw error // a lost reply
  })
}
