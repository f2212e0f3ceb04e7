/** The lock service: its primaries lose no note, its sequencers go out of date, its locks stay closed after a failure. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Child } from '../../support/child.js'
import { Example, lines, playsOnApache, saying } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test, check: 'service' | 'newest') {
  const example = await Example.open(t, 'lock-service')
  const { client } = example
  const disk = join(example.folder, 'disk.json')
  const url = await saying(example.start('files', 'file-server', disk, check), /keeps files at (\S+),/)
  return {
    example,
    replica: (id: string, pauseMs: number) => example.start(id, 'replica', url, String(pauseMs)),
    user: (id: string, count: number) => example.start(id, 'user', String(count)),
    holder: (id: string, mode: string, lockDelayMs = 1, tries = '') =>
      example.start(id, 'holder', '/file', mode, String(lockDelayMs), tries),
    /** What the file server says to this sequencer: 200, or 409. */
    ask: async (sequencer: string, text?: string) => {
      const body = JSON.stringify({ sequencer: JSON.parse(sequencer), file: 'x', text })
      return (await fetch(url, { method: 'POST', body })).status
    },
    marks: (file: string) => client.getChildren(`/ls${file}/.failed`),
    untilContenders: async (count: number) => {
      while ((await client.getChildren('/ls/file/.lock').catch(() => [])).length !== count) await delay(20)
    },
    /** Each note that a user was told of is in the journal, and none is there twice. */
    journalIsRight: () => {
      const journal: string[] = JSON.parse(readFileSync(disk, 'utf8')).files.journal.split('\n')
      const acknowledged = lines(example.output, /^(\S+) is kept by/)
      t.ok(acknowledged.length > 0)
      t.strictSame([...journal].sort(), [...acknowledged].sort())
    },
  }
}

const holds = (part: Child) => saying(part, /holds (\{.*\})/)

t.test('a primary that dies or stands still is followed by another, and no note is lost or kept twice', async t => {
  const { example, replica, user, marks, journalIsRight } = await open(t, 'newest')
  const first = replica('first', 1)
  await first.until(/is primary at/)
  const second = replica('second', 3000)
  await user('ann', 2).until(/ann-2 is kept by first\n/)
  await first.end('SIGKILL')
  t.equal((await marks('/app/primary')).length, 1, 'the mark of a holder outlives it')
  await second.until(/is primary at/)

  const third = replica('third', 1)
  const bob = user('bob', 1)
  await second.until(/takes bob-1/)
  second.process.kill('SIGSTOP')
  await bob.until(/bob-1 is kept by third\n/)
  second.process.kill('SIGCONT')
  await second.until(/cannot keep bob-1: \/app\/primary exclusive \d+ is out of date/)
  journalIsRight()
  const generations = lines(example.output, /has the lock, generation (\d+)/).map(Number)
  t.strictSame(
    generations,
    [...generations].sort((a, b) => a - b),
    'generations rise',
  )

  await second.end('SIGTERM')
  await third.end('SIGTERM')
  t.strictSame(await marks('/app/primary'), [], 'those who let go in order leave nothing')
})

t.test('a server that is killed and comes back makes no note go lost', async t => {
  const { example, replica, user, journalIsRight } = await open(t, 'service')
  await replica('one', 20).until(/is primary at/)
  replica('two', 20)
  const users = [user('ann', 10), user('bob', 10)]
  await Promise.all(users.map(part => part.until(/is kept by/)))
  await example.server.kill9()
  await example.server.restart()
  await Promise.all(users.map(part => part.until(/is done/)))
  journalIsRight()
})

t.test('the service knows that a holder is gone before the next one has been seen', async t => {
  const { holder, ask, untilContenders } = await open(t, 'service')
  const one = holder('one', 'exclusive')
  const sequencer = await holds(one)
  t.equal(await ask(sequencer, 'text'), 200)
  t.equal(await ask(sequencer.replace('exclusive', 'shared')), 409, 'in another mode than it has')
  one.process.kill('SIGSTOP')
  await untilContenders(0)
  t.equal(await ask(sequencer, 'late'), 409)
  one.process.kill('SIGCONT')
  await one.until(/has lost the lock/)
})

t.test('those who share hold together, do not write, and are out of date after one who held alone', async t => {
  const { holder, ask, untilContenders } = await open(t, 'newest')
  const sharers = [holder('s1', 'shared'), holder('s2', 'shared')]
  const shared = await Promise.all(sharers.map(holds))
  for (const sequencer of shared) {
    t.equal(await ask(sequencer), 200)
    t.equal(await ask(sequencer, 'text'), 409)
  }
  await holder('t', 'exclusive', 1, 'try').until(/does not get the lock/)
  const alone = holder('alone', 'exclusive')
  await untilContenders(3)
  await Promise.all(sharers.map(part => part.until(/hears of contenders/)))
  t.notMatch(alone.output, /holds/)
  await Promise.all(sharers.map(part => part.end('SIGTERM')))
  t.equal(await ask(await holds(alone), 'text'), 200)
  for (const sequencer of shared) t.equal(await ask(sequencer), 409)
})

t.test('a lock stays closed after a holder that failed, and not after one that let go', async t => {
  const { example, holder, marks, untilContenders } = await open(t, 'newest')
  const orderly = holder('orderly', 'exclusive', 60_000)
  await holds(orderly)
  await orderly.end('SIGTERM')
  const failing = holder('failing', 'exclusive', 60_000)
  await holds(failing)
  await failing.end('SIGKILL')
  await untilContenders(0)
  await holder('hasty', 'exclusive', 1, 'try').until(/does not get the lock/)
  const patient = holder('patient', 'exclusive')
  await untilContenders(1)
  t.equal((await marks('/file')).length, 1)
  t.notMatch(patient.output, /holds/)
  await patient.end('SIGTERM')
  await untilContenders(0)
  // An operator who knows that nothing is under way any more may open it.
  for (const name of await marks('/file')) await example.client.delete(`/ls/file/.failed/${name}`)
  const next = holder('next', 'exclusive')
  await holds(next)
  await next.end('SIGKILL')
  await holds(holder('after a short delay', 'shared'))
})

t.test('who is connected again hears that it was in jeopardy and is safe', async t => {
  const { example, holder, untilContenders } = await open(t, 'newest')
  await holds(holder('one', 'exclusive'))
  const waiting = holder('two', 'exclusive')
  await untilContenders(2)
  await example.server.kill9()
  await waiting.until(/hears of jeopardy/)
  await example.server.restart()
  await waiting.until(/hears of (safe|expired)/)
})

playsOnApache('lock-service', /cannot keep bob-1: \/app\/primary exclusive \d+ is out of date/)
