/** Reading a document page by page while others replace it: nobody gets pages of two editions, whatever happens. */
import { setTimeout as delay } from 'node:timers/promises'
import { ReadWriteLock } from '@menagerie/recipes'
import t, { type Test } from 'tap'
import { Example, lines, playsOnApache, saying } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'read-write-locks')
  const url = await saying(example.start('library', 'library'), /lends a document at (\S+)/)
  const lock = new ReadWriteLock(example.client, '/locks/document')
  return {
    example,
    lock,
    reader: (id: string, rounds: number, pauseMs: number) =>
      example.start(id, 'reader', url, String(rounds), String(pauseMs)),
    writer: (id: string, rounds: number, pauseMs: number) =>
      example.start(id, 'writer', url, String(rounds), String(pauseMs)),
    untilInLine: async (count: number) => {
      while ((await lock.write.participants()).length < count) await delay(20)
    },
    oneEditionEach: () => {
      const read = lines(example.output, /has read: (.*)/)
      t.ok(read.length > 0)
      t.strictSame(
        read.filter(editions => editions.includes(' and ')),
        [],
      )
    },
  }
}

t.test('readers read side by side, writers alone, in the order of asking', async t => {
  const { example, lock, reader, writer, untilInLine, oneEditionEach } = await open(t)
  const mine = await lock.read.acquire()
  await reader('beside', 1, 1).until(/has read: first edition\nis done/)
  const written = writer('writer', 1, 1)
  await untilInLine(2)
  const behind = reader('behind', 1, 1)
  await untilInLine(3)
  t.notMatch(example.output, /has written/)
  t.strictSame(lines(behind.output, /reads/), [], 'a reader does not overtake a writer that waits')
  await mine.release()
  await behind.until(/has read: edition 1 of writer\n/)
  await written.until(/is done/)

  const alone = await lock.write.acquire()
  const readers = ['r1', 'r2'].map(id => reader(id, 1, 1))
  await untilInLine(3)
  t.strictSame(lines(readers[0].output + readers[1].output, /reads/), [])
  await alone.release()
  await Promise.all(readers.map(part => part.until(/has read/)))
  oneEditionEach()
})

t.test('a reader and a writer that die let others go on, and those that stood still are refused', async t => {
  const { reader, writer, oneEditionEach } = await open(t)
  const dead = reader('dead', 1, 60_000)
  await dead.until(/reads/)
  await dead.end('SIGKILL')
  const doomed = writer('doomed', 1, 60_000)
  await doomed.until(/writes/)
  await doomed.end('SIGKILL')

  const reading = reader('reading', 1, 3000)
  await reading.until(/reads/)
  reading.process.kill('SIGSTOP')
  const writing = writer('writing', 1, 3000)
  await writing.until(/writes/)
  writing.process.kill('SIGSTOP')
  await writer('later', 1, 1).until(/has written/)
  reading.process.kill('SIGCONT')
  writing.process.kill('SIGCONT')
  await reading.until(/reading has failed: token \d+ is too old/)
  await writing.until(/writing has failed: token \d+ is too old/)
  await reader('last', 1, 1).until(/has read: edition 1 of later\n/)
  oneEditionEach()
})

t.test('a server that is killed and comes back lets nobody in who may not', async t => {
  const { example, lock, reader, writer, untilInLine, oneEditionEach } = await open(t)
  const held = await lock.write.acquire()
  const parts = [reader('r1', 4, 10), writer('w1', 4, 10), reader('r2', 4, 10), writer('w2', 4, 10)]
  await untilInLine(5)
  await held.release()
  await parts[0].until(/has read/)
  await example.server.kill9()
  await example.server.restart()
  await Promise.all(parts.map(part => part.until(/is done/)))
  t.ok(lines(example.output, /has written/).length > 0)
  oneEditionEach()
})

playsOnApache('read-write-locks', /reading has failed: token \d+ is too old/)
