// Writes new configurations while it leads: node leader.js SERVERS ID CONFIGURATION EDITIONS PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { CreateMode } from '@menagerie/client'
import { ensurePath, LeaderElection } from '@menagerie/recipes'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { replace } from './configuration.js'

const SETTINGS = ['cache', 'limits', 'log', 'peers', 'timeouts']

await runPart(async ({ client, id, args: [path, editions, pauseMs], signal }) => {
  await ensurePath(client, path, CreateMode.PERSISTENT)
  for await (const term of new LeaderElection(client, '/leader', { id }).terms({ signal })) {
    try {
      for (let edition = 1; edition <= Number(editions); edition++) {
        const settings = new Map(SETTINGS.map(name => [name, `edition ${edition} of ${id}`]))
        await replace(client, term, path, settings, async count => {
          console.log(`has written ${count} of ${SETTINGS.length}`)
          await delay(Number(pauseMs), undefined, { signal })
        })
        console.log(`has made edition ${edition} ready`)
      }
      await untilAborted(term.signal)
    } catch (error) {
      signal.throwIfAborted()
      console.log(`is refused: ${(error as Error).message}`)
    }
    console.log('leads no more')
  }
})
