/** Processes that compute together: none begins before all are there, none goes on while another computes. */
import t, { type Test } from 'tap'
import { Example, lines, playsOnApache } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'double-barrier')
  const { client } = example
  return {
    example,
    process: (id: string, share: number, pauseMs: number, members = 3) =>
      example.start(id, 'process', '1', String(share), String(members), String(pauseMs)),
    /** So many are inside, or wait to be. */
    untilInside: async (count: number) => {
      for (;;) {
        const changed = new Promise<void>(resolve => {
          client.exists('/rounds/1', { watch: () => resolve() }).catch(() => {})
          client.getChildren('/rounds/1', { watch: () => resolve() }).catch(() => {})
        })
        const names = await client.getChildren('/rounds/1').catch(() => [])
        if (names.filter(name => name !== 'ready').length === count) return
        await changed
      }
    },
  }
}

t.test('they begin when all are there, and all find all results', async t => {
  const { example, process, untilInside } = await open(t)
  const two = [process('a', 0, 1), process('b', 1, 1)]
  await untilInside(2)
  t.notMatch(example.output, /computes/, 'two of three')
  const third = process('c', 2, 1)
  await Promise.all([...two, third].map(part => part.until(/goes on with 3 of 3 results: 3\.1416/)))
})

t.test('one that dies before the beginning is replaced, and one that dies inside holds nobody up', async t => {
  const { example, process, untilInside } = await open(t)
  const early = process('early', 2, 1)
  const one = process('a', 0, 1)
  await untilInside(2)
  await early.end('SIGKILL')
  await untilInside(1)
  const doomed = process('doomed', 1, 60_000)
  await untilInside(2)
  t.notMatch(example.output, /computes/, 'the dead one does not count')
  const two = process('b', 2, 1)
  await doomed.until(/computes/)
  await two.until(/has computed/)
  await doomed.end('SIGKILL')
  await Promise.all([one, two].map(part => part.until(/goes on with 2 of 3/)))
})

t.test('one that stands still for longer than its session is left behind, and learns it', async t => {
  const { process } = await open(t)
  const parts = [process('a', 0, 1), process('b', 1, 1)]
  const still = process('still', 2, 3000)
  await still.until(/computes/)
  still.process.kill('SIGSTOP')
  await Promise.all(parts.map(part => part.until(/goes on with 2 of 3/)))
  still.process.kill('SIGCONT')
  await still.until(/was left behind/)
  t.equal((await still.exited).code, 0)
})

t.test('a server that is killed and comes back inside the barrier lets nobody out too soon', async t => {
  const { example, process } = await open(t)
  const parts = [process('a', 0, 1), process('b', 1, 1), process('last', 2, 2000)]
  await Promise.all(parts.map(part => part.until(/computes/)))
  await example.server.kill9()
  await example.server.restart()
  await Promise.all(parts.map(part => part.until(/goes on with/)))
  t.strictSame(lines(example.output, /goes on with (\d)/), ['3', '3', '3'])
})

playsOnApache('double-barrier', /goes on with 2 of 3/)
