/** A fetcher: fetches the pages that are assigned to it, and says how it is. */
import { type CachedNode, CreateMode, MultiError, TreeCache } from '@menagerie/client'
import { ensurePath, Group } from '@menagerie/recipes'
import { startWith } from 'rxjs'
import { type PartContext, runPart } from '../support/part.js'
import { reconcile } from '../support/reconcile.js'
import { type Crawl, configuration, health, nameOf, paths, prepare, type Result, requests, results } from './layout.js'

await runPart(async context => {
  const { client, id, signal } = context
  await prepare(client)
  await ensurePath(client, paths.assignments(id), CreateMode.PERSISTENT)
  const config = configuration(client)
  let crawl: Crawl = (await config.get('crawl')).value
  config.changes$('crawl').subscribe(({ current }) => {
    if (current !== undefined && current.value.userAgent !== crawl.userAgent) {
      console.log(`calls itself ${current.value.userAgent} from now on`)
    }
    crawl = current?.value ?? crawl
  })
  await using work = await TreeCache.open(client, paths.assignments(id))
  await using group = new Group(client, paths.fetchers, { id, payload: health.encode({ fetched: 0, pending: 0 }) })
  await group.join()
  console.log('is ready')

  let fetched = 0
  const fetchAll = async () => {
    for (const node of [...work.nodes()].filter(({ path }) => path !== work.path)) {
      if (work.get(node.path) === undefined) continue // taken away meanwhile
      if (await handle(context, node, crawl)) fetched++
      await group.setPayload(health.encode({ fetched, pending: work.size - 1 }))
      await new Promise(resolve => setTimeout(resolve, crawl.pauseMs))
      if (signal.aborted) return
    }
  }
  await reconcile(client, work.changes$.pipe(startWith(undefined)), fetchAll, signal)
})

/** Fetches one page and hands it in. @returns whether it was accepted */
async function handle({ client, id, signal }: PartContext, { path, data }: CachedNode, crawl: Crawl): Promise<boolean> {
  const name = nameOf(path)
  const { url } = requests.decode(data!)
  const page = await fetchPage(url, crawl.userAgent, signal)
  // All or nothing: who has lost the assignment meanwhile cannot hand in, and nobody is assigned what is answered.
  const handIn = client
    .multi()
    .delete(path)
    .delete(`${paths.requests}/${name}`)
    .create(`${paths.results}/${name}`, results.encode({ url, fetcher: id, ...page }))
  try {
    await handIn.commit()
    return true
  } catch (error) {
    if (!(error instanceof MultiError)) throw error
    console.log(`has fetched ${name} in vain: it is another's by now`)
    return false
  }
}

async function fetchPage(
  url: string,
  userAgent: string,
  signal: AbortSignal,
): Promise<Pick<Result, 'status' | 'bytes'>> {
  try {
    const response = await fetch(url, { headers: { 'user-agent': userAgent }, signal })
    return { status: response.status, bytes: (await response.arrayBuffer()).byteLength }
  } catch (error) {
    signal.throwIfAborted()
    console.log(`cannot reach ${url}: ${(error as Error).message}`)
    return { status: 0, bytes: 0 }
  }
}
