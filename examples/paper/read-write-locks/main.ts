// Read/write locks: readers side by side, writers alone, and both of them shut out when they come back too late.
import { setTimeout as delay } from 'node:timers/promises'
import { ReadWriteLock } from '@menagerie/recipes'
import { show } from '../support/show.js'

await show(import.meta.dirname, async ({ client, start, say }) => {
  const library = start('library', 'library')
  const [, url] = await library.says(/at (\S+)/)
  const lock = new ReadWriteLock(client, '/locks/document', { id: 'the narrator' })

  say('The narrator reads. ann and ben read beside him; cid, who wants to write, waits.')
  const reading = await lock.read.acquire()
  const readers = ['ann', 'ben'].map(name => start(name, 'reader', url, '1', '50'))
  await Promise.all(readers.map(reader => reader.says(/has read/)))
  const cid = start('cid', 'writer', url, '1', '50')
  while ((await lock.write.participants()).length < 2) await delay(50)

  say('dan comes to read. cid was there before him, and has his turn first.')
  const dan = start('dan', 'reader', url, '1', '50')
  while ((await lock.read.participants()).length < 3) await delay(50)
  await reading.release()
  await cid.says(/has written/)
  await dan.says(/has read/)

  say('eve is stopped in the middle of her reading. When her session has expired, flo writes.')
  const eve = start('eve', 'reader', url, '1', '500')
  await eve.says(/reads/)
  const flo = start('flo', 'writer', url, '1', '50')
  eve.pause()
  await flo.says(/has written/)

  say('eve goes on. The pages she would get now are of another edition: she is refused.')
  eve.resume()
  await eve.says(/has failed/)
})
