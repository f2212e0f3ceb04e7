// Wants to be primary, and takes notes while it is: node replica.js SERVERS ID FILE_SERVER PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { answerJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { Journal } from './journal.js'
import { LockService } from './lock-service.js'

await runPart(async ({ client, id, args: [fileServer, pauseMs], signal }) => {
  const service = new LockService(client)
  while (!signal.aborted) {
    await using file = await service.open('/app/primary', { owner: id, lockDelayMs: 500 })
    try {
      const held = await file.acquire('exclusive', { signal })
      const sequencer = file.sequencer()
      console.log(`has the lock, generation ${sequencer.generation}`)
      const journal = await Journal.open(fileServer, sequencer)
      await using endpoint = await answerJson(async (note: string) => {
        console.log(`takes ${note}`)
        await delay(Number(pauseMs))
        // It does not ask first whether it still holds the lock: it might be stopped right after asking.
        await journal.add(note).catch(error => {
          console.log(`cannot keep ${note}: ${error.message}`)
          throw error
        })
        return id
      })
      await file.write(endpoint.url)
      console.log(`is primary at ${endpoint.url}`)
      const over = AbortSignal.any([held, signal])
      await untilAborted(over)
      console.log(`is primary no more: ${held.aborted ? held.reason.message : 'was told to stop'}`)
    } catch (error) {
      signal.throwIfAborted()
      console.log(`is not primary: ${(error as Error).message}`)
    }
  }
})
