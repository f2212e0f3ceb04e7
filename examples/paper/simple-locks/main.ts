// Simple locks without herd effect: processes that take turns, one that dies, and one that comes back too late.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Mutex } from '@menagerie/recipes'
import { show } from '../support/show.js'

const folder = mkdtempSync(join(tmpdir(), 'simple-locks-'))
try {
  await show(import.meta.dirname, async ({ client, start, say }) => {
    const resource = start('resource', 'resource', join(folder, 'counter.json'))
    const [, url] = await resource.says(/at (\S+)/)

    say('Three processes are to add to one counter, and line up for its lock.')
    const lock = new Mutex(client, '/locks/counter', { id: 'the narrator' })
    const held = await lock.acquire()
    const takingTurns = ['ann', 'ben', 'cid'].map(name => start(name, 'contender', url, '2', '50'))
    while ((await lock.participants()).length < 4) await delay(50)

    say('The narrator lets go of it. Each release wakes one of those who wait.')
    await held.release()
    await Promise.all(takingTurns.map(part => part.says(/is done/)))

    say('dan is killed while he holds the lock. eve gets it when his session has expired.')
    const dan = start('dan', 'contender', url, '1', '10000')
    await dan.says(/holds the lock/)
    const eve = start('eve', 'contender', url, '1', '50')
    await dan.kill()
    await eve.says(/has written/)

    say('flo is stopped while she holds the lock, and gus gets it.')
    const flo = start('flo', 'contender', url, '1', '3000')
    await flo.says(/holds the lock/)
    const gus = start('gus', 'contender', url, '1', '50')
    flo.pause()
    await gus.says(/has written/)

    say('flo goes on and knows nothing of it. Her write comes with a token that is too old.')
    flo.resume()
    await flo.says(/has failed/)
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
