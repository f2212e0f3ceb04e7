/** A searcher: `node searcher.js SERVERS ID WORD` searches all shards, again and again, and tells when the answer changes. */
import { setTimeout as delay } from 'node:timers/promises'
import { TreeCache } from '@menagerie/client'
import { runPart } from '../support/part.js'
import { unlessAborted } from '../support/reconcile.js'
import { childrenIn, paths, prepare, type Serving, servings, shards } from './layout.js'

const PAUSE_MS = 200
/** A worker that does not answer for so long is left out of the answer. */
const PATIENCE_MS = 500

await runPart(async ({ client, args: [word], signal }) => {
  await prepare(client)
  await using index = await TreeCache.open(client, paths.shards)
  await using serving = await TreeCache.open(client, paths.serving)
  let told = ''
  while (!signal.aborted) {
    const names = [...childrenIn(index, shards).keys()]
    const places = childrenIn(serving, servings)
    const answers = await Promise.all(names.map(name => searchShard(name, places.get(name), word)))
    const found = answers.flatMap(documents => documents ?? [])
    const complete = answers.filter(documents => documents !== undefined).length
    const answer = `${word}: ${found.length} documents in ${complete} of ${names.length} shards`
    if (answer !== told) console.log(answer)
    told = answer
    await delay(PAUSE_MS, undefined, { signal }).catch(unlessAborted(signal))
  }
})

/** @returns numbers of documents; undefined if nobody serves the shard at the moment */
async function searchShard(shard: string, place: Serving | undefined, word: string): Promise<number[] | undefined> {
  if (place === undefined) return undefined
  const url = `${place.url}/${shard}/${encodeURIComponent(word)}`
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined)
  return response?.ok ? ((await response.json()) as number[]) : undefined
}
