import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { growingPercent, HeapGrowth } from '@menagerie/platform-node'
import t from 'tap'

const MIB = 2 ** 20

t.test('a small heap is given room, and a large one is left to V8', async t => {
  t.equal(growingPercent(0), 200)
  t.equal(growingPercent(64 * MIB - 1), 200)
  t.equal(growingPercent(64 * MIB), 0)
})

t.test('V8 is told what has changed, and at the end that it decides again', async t => {
  const flags: string[] = []
  const growth = new HeapGrowth(flag => flags.push(flag))
  growth.reset()
  for (const used of [10, 12, 80, 90, 20, 20]) growth.adapt(used * MIB)
  growth.reset()
  growth.reset()
  t.strictSame(
    flags,
    [200, 0, 200, 0].map(percent => `--heap-growing-percent=${percent}`),
  )
})

t.test('this Node.js has the flag', async t => {
  // A flag that V8 does not know is passed over without a word.
  const { stdout } = await promisify(execFile)(process.execPath, ['--v8-options'])
  t.match(stdout, /--heap-growing-percent \(specifies heap growing factor as \(1 \+ heap_growing_percent\/100\)\)/)
})
