/** A master: stands by until it is elected, then hands requests to fetchers and takes them from dead ones. */
import { type Client, MultiError, TreeCache } from '@menagerie/client'
import { Group, LeaderElection, type Term } from '@menagerie/recipes'
import { combineLatest, map, startWith } from 'rxjs'
import { runPart } from '../support/part.js'
import { reconcile, unlessAborted } from '../support/reconcile.js'
import { configuration, nameOf, paths, prepare, requests } from './layout.js'
import { type Move, plan, type Seen } from './plan.js'

await runPart(async ({ client, id, signal }) => {
  await prepare(client)
  console.log('stands by')
  for await (const term of new LeaderElection(client, paths.masters, { id }).terms({ signal })) {
    console.log('leads')
    await lead(client, term).catch(unlessAborted(term.signal))
    console.log('leads no more')
  }
})

async function lead(client: Client, term: Term): Promise<void> {
  const { signal } = term
  await using cache = await TreeCache.open(client, paths.requests, { signal })
  const seen$ = cache.changes$.pipe(
    startWith(undefined),
    map(() => requestsIn(cache)),
  )
  const fetchers$ = new Group(client, paths.fetchers).members$
  const crawl$ = configuration(client).changes$('crawl')
  const moves$ = combineLatest([seen$, fetchers$, crawl$]).pipe(
    map(([seen, fetchers, { current }]) => {
      const alive = fetchers.map(fetcher => fetcher.id)
      return plan(seen, alive, current?.value.perFetcher ?? 1)
    }),
  )
  await reconcile(client, moves$, moves => carryOut(term, moves), signal)
}

function requestsIn(cache: TreeCache): Seen[] {
  return [...cache.nodes()]
    .filter(({ path }) => path !== cache.path)
    .map(({ path, data, stat }) => ({ name: nameOf(path), version: stat.version, ...requests.decode(data!) }))
}

/**
 * In one transaction. The server refuses it when another master leads (it begins with a check of the term), and when one of
 * the requests is answered or given to somebody by now (their versions): so no request is ever in two hands.
 */
async function carryOut(term: Term, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return
  const multi = term.multi()
  for (const { request, to } of moves) {
    const { name, version, url, fetcher } = request
    const given = requests.encode({ url, fetcher: to, term: term.fencingToken })
    multi.setData(`${paths.requests}/${name}`, given, version)
    if (fetcher !== undefined) multi.delete(`${paths.assignments(fetcher)}/${name}`)
    multi.create(`${paths.assignments(to)}/${name}`, requests.encode({ url }))
  }
  try {
    await multi.commit()
  } catch (error) {
    if (error instanceof MultiError && error.index === 0) console.log('is refused: another master leads')
    throw error
  }
  const moved = moves.flatMap(({ request, to }) => (request.fetcher === undefined ? [] : [`${request.name} to ${to}`]))
  if (moved.length > 0) console.log(`takes from the dead: ${moved.join(', ')}`)
}
