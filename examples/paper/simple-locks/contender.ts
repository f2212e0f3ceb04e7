// Adds one to the counter, again and again: node contender.js SERVERS ID RESOURCE ROUNDS PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { Mutex } from '@menagerie/recipes'
import { filter } from 'rxjs'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import type { Request } from './counter.js'

await runPart(async ({ client, id, args: [resource, rounds, pauseMs], signal }) => {
  const mutex = new Mutex(client, '/locks/counter', { id })
  const ask = (request: Request) => askJson<number>(resource, request)
  let own = ''
  // Each waiter watches the one before it and nobody else: this is all that it hears of the others.
  const others$ = client.events$.pipe(filter(({ path }) => path.startsWith(`${mutex.path}/`) && path !== own))
  others$.subscribe(() => console.log('hears that the one before it is gone'))

  for (let round = 0; round < Number(rounds); round++) {
    try {
      await mutex.run(
        async ({ path, fencingToken: token }) => {
          own = path
          const value = await ask({ op: 'read', token })
          console.log(`holds the lock with token ${token}, has read ${value}`)
          // In this time anybody could come in between, were it not for the lock. `held` is not asked afterwards: a process may
          // be stopped right after asking, so it is for the resource to refuse.
          await delay(Number(pauseMs), undefined, { signal })
          await ask({ op: 'write', token, value: value + 1 })
          console.log(`has written ${value + 1}`)
        },
        { signal },
      )
    } catch (error) {
      signal.throwIfAborted()
      console.log(`round ${round + 1} has failed: ${(error as Error).message}`)
    }
  }
  console.log('is done')
})
