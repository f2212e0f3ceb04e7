// A lock service in the manner of Chubby: a primary is elected, dies, and one that comes back too late is refused.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { show } from '../support/show.js'

const folder = mkdtempSync(join(tmpdir(), 'lock-service-'))
try {
  await show(import.meta.dirname, async ({ start, say }) => {
    const fileServer = start('file-server', 'file-server', join(folder, 'disk.json'), 'newest')
    const [, url] = await fileServer.says(/at (\S+),/)

    say('red becomes primary by the lock of /app/primary, and writes into that file where it is.')
    const red = start('red', 'replica', url, '50')
    await red.says(/is primary/)
    const blue = start('blue', 'replica', url, '2000')
    const ann = start('ann', 'user', '2')
    await ann.says(/is done/)

    say('red is killed. Its session has to expire, and the lock stays closed for a while after a holder that failed.')
    await red.kill()
    await blue.says(/is primary/)

    say('blue takes a note, and stands still before it has written it. green becomes primary, and keeps the note.')
    const green = start('green', 'replica', url, '50')
    const bob = start('bob', 'user', '1')
    await blue.says(/takes bob-1/)
    blue.pause()
    await bob.says(/kept by green/)

    say('blue goes on with its writing. The file server has seen a later sequencer.')
    blue.resume()
    await blue.says(/cannot keep/)

    say('green is told to stop. It lets go in order, so that blue is primary again at once.')
    await green.kill('SIGTERM')
    await blue.says(/is primary at/)
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
