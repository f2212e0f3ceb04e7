/** A configuration of many znodes: processes take each edition as a whole, whatever happens to those who write them. */
import t, { type Test } from 'tap'
import type { Child } from '../../support/child.js'
import { Example, lines, playsOnApache } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'configuration-management')
  const processes: Child[] = []
  return {
    example,
    process: (id: string) => {
      const part = example.start(id, 'process', '/config')
      processes.push(part)
      return part
    },
    leader: (id: string, editions: number, pauseMs: number) =>
      example.start(id, 'leader', '/config', String(editions), String(pauseMs)),
    allRunWith: (edition: string) =>
      Promise.all(processes.map(part => part.until(new RegExp(`runs with 5 settings of ${edition}\n`)))),
    /** Of whatever a process ran with, all settings were there and of one edition. */
    nothingHalf: () => {
      const taken = processes.flatMap(({ output }) => lines(output, /runs with (.*)/))
      t.ok(taken.length > 0)
      t.strictSame(
        taken.filter(what => !/^5 settings of edition \d+ of \w+$/.test(what)),
        [],
      )
    },
  }
}

t.test('every edition is taken as a whole, by those who were there and by those who come', async t => {
  const { process, leader, allRunWith, nothingHalf } = await open(t)
  process('early')
  leader('ann', 20, 5)
  process('amid')
  await allRunWith('edition 20 of ann')
  await process('late').until(/runs with 5 settings of edition 20 of ann\n/)
  nothingHalf()
})

t.test('of an edition whose leader died in the middle, nobody sees a thing', async t => {
  const { example, process, leader, allRunWith, nothingHalf } = await open(t)
  process('early')
  const ann = leader('ann', 1, 1)
  await allRunWith('edition 1 of ann')
  const ben = leader('ben', 1, 60_000)
  await ann.end('SIGKILL')
  await ben.until(/has written 1 of 5/)
  const late = process('late')
  await late.until(/starts/)
  await ben.end('SIGKILL')
  await leader('cid', 1, 1).until(/has made edition 1 ready/)
  await allRunWith('edition 1 of cid')
  nothingHalf()
  t.strictSame(lines(example.output, /runs with .* of (ben)/), [])
})

t.test('a leader that goes on after another one has taken over is refused', async t => {
  const { process, leader, allRunWith, nothingHalf } = await open(t)
  process('one')
  const stopped = leader('stopped', 1, 3000)
  await stopped.until(/has written 1 of 5/)
  stopped.process.kill('SIGSTOP')
  const next = leader('next', 1, 1)
  await next.until(/has made edition 1 ready/)
  await allRunWith('edition 1 of next')
  stopped.process.kill('SIGCONT')
  await stopped.until(/is refused/)
  await next.end('SIGTERM')
  await stopped.until(/has made edition 1 ready/)
  await allRunWith('edition 1 of stopped')
  nothingHalf()
})

t.test('a server that is killed and comes back in the middle of an edition has it taken as a whole', async t => {
  const { example, process, leader, allRunWith, nothingHalf } = await open(t)
  process('one')
  const writing = leader('ann', 2, 300)
  await writing.until(/has made edition 1 ready/)
  await writing.until(/has written 2 of 5/)
  await example.server.kill9()
  await example.server.restart()
  await allRunWith('edition 2 of ann')
  nothingHalf()
})

playsOnApache('configuration-management', /three +\| runs with 5 settings of edition 1 of cid/)
