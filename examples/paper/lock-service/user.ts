// Has notes kept by whoever is primary: node user.js SERVERS ID COUNT
import { setTimeout as delay } from 'node:timers/promises'
import { filter } from 'rxjs'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { LockService } from './lock-service.js'

await runPart(async ({ client, id, args: [count], signal }) => {
  await using file = await new LockService(client).open('/app/primary')
  let moved = new AbortController()
  const moves$ = file.events$.pipe(filter(event => event === 'contents'))
  const watching = moves$.subscribe(() => {
    moved.abort()
    moved = new AbortController()
  })
  for (let n = 1; n <= Number(count); n++) {
    const note = `${id}-${n}`
    let keeper: string | undefined
    while (keeper === undefined) {
      const here = AbortSignal.any([moved.signal, signal])
      // Who is named in the file may be dead, stand still, or be primary no more: then until another one is named, or a little later.
      keeper = await askJson<string>(await file.read(), note, here).catch(() => undefined)
      if (keeper === undefined) await delay(200, undefined, { signal: here }).catch(() => {})
      signal.throwIfAborted()
    }
    console.log(`${note} is kept by ${keeper}`)
  }
  watching.unsubscribe()
  console.log('is done')
})
