// Holds the lock of a file until it is told to stop: node holder.js SERVERS ID FILE exclusive|shared LOCK_DELAY_MS [try]
import type { Mode } from '../support/fence.js'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { LockService } from './lock-service.js'

await runPart(async ({ client, id, args: [name, mode, lockDelayMs, tries], signal }) => {
  await using file = await new LockService(client).open(name, { owner: id, lockDelayMs: Number(lockDelayMs) })
  const events = file.events$.subscribe(event => console.log(`hears of ${event}`))
  const acquired = tries === 'try' ? file.tryAcquire(mode as Mode) : file.acquire(mode as Mode, { signal })
  const held = await acquired
  if (held === undefined) {
    console.log('does not get the lock')
  } else {
    console.log(`holds ${JSON.stringify(file.sequencer())}`)
    const over = AbortSignal.any([held, signal])
    await untilAborted(over)
    if (held.aborted) console.log(`has lost the lock: ${held.reason.message}`)
  }
  events.unsubscribe()
})
