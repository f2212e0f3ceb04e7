import { spawnSync } from 'node:child_process'
import t from 'tap'

/** Runs a few lines in a process of their own. */
function run(code: string) {
  const signals = new URL('../dist/signals.js', import.meta.url).href
  const script = `import { createSystemSignals } from ${JSON.stringify(signals)}\n${code}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
}

t.test('signals', async t => {
  t.test('the first one is told, and the process goes on', async t => {
    const { stdout, status } = run(`const signals = createSystemSignals()
setInterval(() => {}, 1000)
process.kill(process.pid, 'SIGTERM')
console.log(await signals.first)
process.exit(0)`)
    t.equal(stdout, 'SIGTERM\n')
    t.equal(status, 0)
  })
  t.test('the second one ends the process at once', async t => {
    const { status } = run(`const signals = createSystemSignals()
setInterval(() => {}, 1000)
process.kill(process.pid, 'SIGTERM')
await signals.first
process.kill(process.pid, 'SIGINT')`)
    t.equal(status, 130)
  })
  t.test('after release nothing is kept from ending', async t => {
    const { signal } = run(`createSystemSignals().release()
setInterval(() => {}, 1000)
process.kill(process.pid, 'SIGTERM')`)
    t.equal(signal, 'SIGTERM')
  })
  t.test('the end of the starting process is told too, and is no first signal', async t => {
    const { stdout, status } = run(`process.connected = true
const signals = createSystemSignals({ withStarter: true })
setInterval(() => {}, 1000)
process.emit('disconnect')
console.log(await signals.first)
process.kill(process.pid, 'SIGINT')
await new Promise(resolve => process.once('SIGINT', resolve))
console.log('goes on')
process.exit(0)`)
    t.equal(stdout, 'end of the starting process\ngoes on\n')
    t.equal(status, 0)
  })
  t.test('the Ctrl-C that has ended it does not break off the end of this one, however late it comes', async t => {
    const { stdout, status, signal } = run(`process.connected = true
const signals = createSystemSignals({ withStarter: true })
process.emit('disconnect')
await signals.first
signals.release()
process.kill(process.pid, 'SIGINT')
setTimeout(() => console.log('over'), 20)`)
    t.equal(stdout, 'over\n')
    t.equal(signal, null)
    t.equal(status, 0)
  })
  t.test('a starting process that is gone already counts at once', async t => {
    const { stdout } = run(`console.log(await createSystemSignals({ withStarter: true }).first)
process.exit(0)`)
    t.equal(stdout, 'end of the starting process\n')
  })
})
