import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { RestDetector, type RestSample } from '@menagerie/platform-node'
import t from 'tap'

const MIB = 2 ** 20
const idle = (heap: number, used = heap - 2): RestSample => ({
  cpuMs: 1,
  elapsedMs: 500,
  heapBytes: heap * MIB,
  usedBytes: used * MIB,
})
const working = (heap: number): RestSample => ({ ...idle(heap), cpuMs: 300 })

t.test('it collects once after a start, and not again while nothing happens', async t => {
  const detector = new RestDetector()
  t.equal(detector.look(working(20)), false, 'while it works')
  t.equal(detector.look(idle(20)), true, 'as soon as it rests')
  for (let look = 0; look < 1000; look++) t.equal(detector.look(idle(12)), false)
})

t.test('work that leaves the heap as it was is no reason', async t => {
  const detector = new RestDetector()
  detector.look(idle(20))
  detector.look(idle(12))
  for (let burst = 0; burst < 10; burst++) {
    t.equal(detector.look(working(14)), false)
    t.equal(detector.look(idle(14)), false)
    t.equal(detector.look(idle(14)), false)
  }
  detector.look(working(16))
  t.equal(detector.look(idle(16)), true, 'from 4 MB on it is one')
})

t.test('a heap with much in it is left alone: its pause would be felt', async t => {
  const detector = new RestDetector()
  detector.look(working(400))
  t.equal(detector.look(idle(400, 49)), false)
  detector.look(working(400))
  t.equal(detector.look(idle(400, 48)), true)
})

t.test('bursts that follow one another are collected less and less often', async t => {
  const detector = new RestDetector()
  const collectedAt: number[] = []
  for (let second = 0; second < 600; second++) {
    detector.look(working(30))
    // What the last collection left is read at the next look.
    if (detector.look(idle(30))) {
      collectedAt.push(second)
      detector.look({ ...idle(12), elapsedMs: 0 })
    }
  }
  const gaps = collectedAt.slice(1).map((at, index) => at - collectedAt[index])
  t.equal(gaps[0], 1)
  for (let i = 1; i < gaps.length; i++) t.ok(gaps[i] >= gaps[i - 1], `${gaps[i]} s after ${gaps[i - 1]} s`)
  t.ok(gaps.at(-1) === 64, 'at last once in 64 s')
})

t.test('after a long rest it is as prompt as at first', async t => {
  const detector = new RestDetector()
  const burst = () => {
    detector.look(working(30))
    const collects = detector.look(idle(30))
    if (collects) detector.look(idle(12))
    return collects
  }
  t.same([burst(), burst(), burst()], [true, true, false])
  for (let look = 0; look < 400; look++) detector.look(idle(12))
  t.same([burst(), burst()], [true, true])
})

t.test('a process whose young generation has grown has a small one again', async t => {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { tendMemory } from '${import.meta.resolve('@menagerie/platform-node')}'
    const young = () => getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size
    const kept = []
    for (let i = 0; i < 200_000; i++) kept.push({ i, of: [i] })
    const grown = young()
    kept.length = 0
    const fail = () => { throw new Error('it was not watched') }
    tendMemory({ debug: fail, info: fail, warn: fail, error: fail })
    const timer = setInterval(() => {
      if (young() >= grown / 2) return
      clearInterval(timer)
      console.log(JSON.stringify({ grown, rested: young() }))
    }, 50)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const { grown, rested } = JSON.parse(stdout)
  t.ok(grown >= 4 * MIB, `it had grown to ${grown} bytes`)
  t.ok(rested <= 2 * MIB, `it has ${rested}`)
})
