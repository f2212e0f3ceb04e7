/** A client: `node client.js SERVERS ID SITE PAGES` asks for pages and takes the results, whoever serves it. */
import { TreeCache } from '@menagerie/client'
import { combineLatest, map, startWith } from 'rxjs'
import { runPart } from '../support/part.js'
import { reconcile } from '../support/reconcile.js'
import { configuration, paths, prepare } from './layout.js'
import { Order } from './order.js'

await runPart(async ({ client, id, args: [site, pages], signal }) => {
  await prepare(client)
  const numbers = Array.from({ length: Number(pages) }, (_, n) => String(n).padStart(4, '0'))
  const order = new Order(client, new Map(numbers.map(n => [`${id}-${n}`, `${site}/page/${n}`])))
  await using cache = await TreeCache.open(client, paths.results)
  const complete = new AbortController()

  const step = async (atMost: number) => {
    const before = order.received
    for (const { url, status } of await order.receive(cache))
      if (status !== 200) console.log(`gets ${status} for ${url}`)
    const { received } = order
    if (Math.floor(received / 20) > Math.floor(before / 20)) console.log(`has ${received} of ${pages} pages`)
    if (order.complete) complete.abort()
    else await order.ask(atMost)
  }
  // The number of open requests follows the configuration, which a watch keeps up to date.
  const atMost$ = configuration(client)
    .changes$('crawl')
    .pipe(map(({ current }) => current?.value.perClient ?? 1))
  const state$ = combineLatest([atMost$, cache.changes$.pipe(startWith(undefined))])
  await reconcile(client, state$, ([atMost]) => step(atMost), AbortSignal.any([signal, complete.signal]))
  if (order.complete) console.log(`has all ${pages} pages, each once`)
})
