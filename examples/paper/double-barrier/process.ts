// Computes its share, together with others: node process.js SERVERS ID ROUND SHARE MEMBERS PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, withRetries } from '@menagerie/client'
import { DoubleBarrier, SharedValue, textCodec } from '@menagerie/recipes'
import { runPart } from '../support/part.js'
import { share } from './share.js'

await runPart(async ({ client, id, args, signal }) => {
  const [round, mine, members, pauseMs] = args.map(Number)
  const results = `/results/${round}`
  const result = new SharedValue(client, `${results}/${id}`, { codec: textCodec, initial: '' })
  const barrier = new DoubleBarrier(client, `/rounds/${round}`, { members, id })
  try {
    console.log(`arrives at round ${round}`)
    await barrier.enter({ signal })
    console.log('computes, as all are there')
    await delay(pauseMs, undefined, { signal })
    await result.set(String(share(mine, members)))
    console.log('has computed')
    await barrier.leave({ signal })
    // All have left, so whatever will be there is there.
    const [count, sum] = await withRetries(() => total(client, results))
    console.log(`goes on with ${count} of ${members} results: ${sum.toFixed(4)}`)
  } catch (error) {
    signal.throwIfAborted()
    console.log(`was left behind: ${(error as Error).message}`)
  }
})

async function total(client: Client, results: string): Promise<[count: number, sum: number]> {
  const names = await client.getChildren(results)
  const found = await Promise.all(names.map(name => client.getData(`${results}/${name}`)))
  const decoder = new TextDecoder()
  return [names.length, found.reduce((sum, { data }) => sum + Number(decoder.decode(data!)), 0)]
}
