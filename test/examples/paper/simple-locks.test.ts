/** Adding to a counter by reading and writing: whatever happens to those who hold the lock, no addition is lost. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Mutex } from '@menagerie/recipes'
import t, { type Test } from 'tap'
import type { Child } from '../../support/child.js'
import { Example, lines, playsOnApache, saying } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'simple-locks')
  const file = join(example.folder, 'counter.json')
  const resource = example.start('resource', 'resource', file)
  const url = await saying(resource, /guards a counter at (\S+)/)
  return {
    example,
    file,
    resource,
    contender: (id: string, rounds: number, pauseMs: number) =>
      example.start(id, 'contender', url, String(rounds), String(pauseMs)),
    /** Nobody has written what another one has, and the counter has them all. */
    nothingIsLost: () => {
      const written = lines(example.output, /has written (\d+)/).map(Number)
      t.strictSame(
        written.sort((a, b) => a - b),
        written.map((_, index) => index + 1),
      )
      t.equal(JSON.parse(readFileSync(file, 'utf8')).value, written.length)
    },
  }
}

/** Holds the lock until so many wait for it. */
async function untilInLine({ client }: Example, count: number): Promise<void> {
  const mutex = new Mutex(client, '/locks/counter')
  await mutex.run(async () => {
    while ((await mutex.participants()).length <= count) await delay(20)
  })
}

const done = (parts: readonly Child[]) => Promise.all(parts.map(part => part.until(/is done/)))

t.test('each release wakes one, and a holder that dies or stands still makes nobody lose anything', async t => {
  const { example, file, resource, contender, nothingIsLost } = await open(t)
  const inLine = untilInLine(example, 3)
  const calm = ['a', 'b', 'c'].map(id => contender(id, 2, 1))
  await inLine
  await done(calm)
  // Each heard once of the narrator or another one before it, for each time it had to wait; not of all who went.
  const heard = lines(example.output, /hears that the one before it is gone/).length
  t.ok(heard >= 3 && heard <= 6, `${heard} events for 6 turns`)

  const killed = contender('killed', 1, 60_000)
  await killed.until(/holds the lock/)
  const [next, one] = ['next', 'one'].map(id => contender(id, 1, 1))
  await killed.end('SIGKILL')
  await done([next, one])

  const stopped = contender('stopped', 1, 3000)
  await stopped.until(/holds the lock/)
  stopped.process.kill('SIGSTOP')
  await done([contender('later', 1, 1)])
  stopped.process.kill('SIGCONT')
  await stopped.until(/round 1 has failed: token \d+ is too old/)
  nothingIsLost()

  await resource.end('SIGKILL')
  const again = example.start('resource', 'resource', file)
  const url = await saying(again, /guards a counter at (\S+)/)
  const late = await fetch(url, { method: 'POST', body: JSON.stringify({ op: 'write', token: 1, value: 0 }) })
  t.equal(late.status, 409, 'a resource that was started again knows whom to refuse')
  nothingIsLost()
})

t.test('a server that is killed and comes back makes nobody lose anything', async t => {
  const { example, contender, nothingIsLost } = await open(t)
  const inLine = untilInLine(example, 3)
  const parts = ['a', 'b', 'c'].map(id => contender(id, 4, 20))
  await inLine
  await parts[0].until(/has written/)
  await example.server.kill9()
  await example.server.restart()
  await done(parts)
  t.ok(parts.every(part => lines(part.output, /has written/).length > 0))
  nothingIsLost()
})

playsOnApache('simple-locks', /token \d+ is too old/)
