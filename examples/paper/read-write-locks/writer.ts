// Replaces the document: node writer.js SERVERS ID LIBRARY ROUNDS PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { ReadWriteLock } from '@menagerie/recipes'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { PAGES, type Request } from './document.js'

await runPart(async ({ client, id, args: [library, rounds, pauseMs], signal }) => {
  const { write } = new ReadWriteLock(client, '/locks/document', { id })
  for (let round = 1; round <= Number(rounds); round++) {
    try {
      await write.run(
        async ({ fencingToken: token }) => {
          console.log(`writes with token ${token}`)
          await delay(Number(pauseMs), undefined, { signal })
          const edition = `edition ${round} of ${id}`
          const request: Request = { op: 'replace', token, pages: Array.from({ length: PAGES }, () => edition) }
          await askJson(library, request)
          console.log(`has written: ${edition}`)
        },
        { signal },
      )
    } catch (error) {
      signal.throwIfAborted()
      console.log(`writing has failed: ${(error as Error).message}`)
    }
  }
  console.log('is done')
})
