// Reads the document page by page: node reader.js SERVERS ID LIBRARY ROUNDS PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { ReadWriteLock } from '@menagerie/recipes'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { PAGES, type Request } from './document.js'

await runPart(async ({ client, id, args: [library, rounds, pauseMs], signal }) => {
  const { read } = new ReadWriteLock(client, '/locks/document', { id })
  const ask = (request: Request) => askJson<string>(library, request)
  for (let round = 1; round <= Number(rounds); round++) {
    try {
      await read.run(
        async ({ fencingToken: token }) => {
          console.log(`reads with token ${token}`)
          const pages: string[] = []
          for (let page = 0; page < PAGES; page++) {
            pages.push(await ask({ op: 'read', token, page }))
            await delay(Number(pauseMs), undefined, { signal })
          }
          console.log(`has read: ${[...new Set(pages)].join(' and ')}`)
        },
        { signal },
      )
    } catch (error) {
      signal.throwIfAborted()
      console.log(`reading has failed: ${(error as Error).message}`)
    }
  }
  console.log('is done')
})
