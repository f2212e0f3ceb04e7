/** Every example of the paper starts with the one command of its README, shows what it has to show, and ends by itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runChild, startChild } from '../../support/child.js'

t.setTimeout(300_000)
// They wait for session timeouts most of the time.
t.jobs = 3

/** This file runs from test/dist/examples/paper. */
const home = fileURLToPath(new URL('../../../../examples/paper/', import.meta.url))
const names = readdirSync(home).filter(name => existsSync(join(home, name, 'main.ts')))
const overview = readFileSync(join(home, 'README.md'), 'utf8')

for (const name of names) {
  t.test(`npm run example -- ${name}`, { timeout: 120_000 }, async t => {
    t.match(readFileSync(join(home, name, 'README.md'), 'utf8'), `\nnpm run example -- ${name}\n`)
    t.match(overview, `- [${name}](${name}/README.md): `)
    const { code, stdout, stderr } = await runChild(process.execPath, [join(home, 'dist/run.js'), name])
    t.equal(code, 0, stdout + stderr)
    t.equal(stderr, '')
  })
}

t.test('a name that no example has is refused with those that there are', async t => {
  for (const args of [[], ['nothing']]) {
    const { code, stderr } = await runChild(process.execPath, [join(home, 'dist/run.js'), ...args])
    t.equal(code, 2)
    for (const name of names) t.match(stderr, name)
  }
})

t.test('at Ctrl-C the command ends when all that it has started has', { timeout: 120_000 }, async t => {
  // In a process group of its own: a terminal interrupts all of the group, whoever waits for whom.
  const args = [join(home, 'dist/run.js'), 'sharded-indexer']
  const command = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(command, 'close') as Promise<[code: number | null, signal: string | null]>
  for await (const line of createInterface({ input: command.stdout })) if (/is ready/.test(line)) break
  command.stdout.resume()
  const group = -command.pid!
  process.kill(group, 'SIGINT')
  const [code, signal] = await ended
  t.equal(signal, null)
  t.equal(code, 0)
  t.throws(() => process.kill(group, 0), { code: 'ESRCH' }, 'nothing of its process group is left')
})

t.test('the parts do not outlive a show that is killed, with the server in it', async t => {
  const main = startChild(process.execPath, [join(home, 'dist/sharded-indexer/main.js')])
  await main.until(/is ready/, 60_000)
  const { pid } = main.process
  const parts = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  t.ok(parts.length >= 4)
  await main.end('SIGKILL')
  const lives = (part: number) => existsSync(`/proc/${part}`)
  while (parts.some(lives)) await delay(50) // or the test runs out of time
})
