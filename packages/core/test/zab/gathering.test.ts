import t from 'tap'
import { Gathering } from '../../dist/zab/gathering.js'

/** Plays one batch whose writes arrive at the given times, looking every 10 microseconds; returns when it was complete. */
function play(gathering: Gathering, arrivals: readonly number[], start: number): { size: number; at: number } {
  for (let now = start; ; now += 0.01) {
    const size = arrivals.filter(arrival => start + arrival <= now).length
    if (size > 0 && gathering.isComplete(size, now)) return { size, at: now - start }
  }
}

const together = [0, 0, 0, 0]
const oneByOne = [0, 0.03, 0.06, 0.09]

function afterFlushes(): Gathering {
  const gathering = new Gathering()
  for (let n = 0; n < 50; n++) gathering.flushed(0.3)
  return gathering
}

t.test('the first batch waits for nobody', async t => {
  t.strictSame(play(afterFlushes(), oneByOne, 0), { size: 1, at: 0 })
})

t.test('once there were several writers, the first to write again waits for the others', async t => {
  const gathering = afterFlushes()
  play(gathering, together, 0)
  t.equal(play(gathering, oneByOne, 10).size, 4)
})

t.test('a single writer waits for nobody', async t => {
  const gathering = afterFlushes()
  for (let n = 0; n < 20; n++) t.strictSame(play(gathering, [0], n), { size: 1, at: 0 })
})

t.test('who stays away is waited for a moment, then seldom, and then not at all', async t => {
  const gathering = afterFlushes()
  play(gathering, together, 0)
  const waits = Array.from({ length: 30 }, (_, n) => play(gathering, [0], n + 1).at)
  t.ok(waits[0] > 0)
  t.ok(waits.every(wait => wait < 0.12))
  t.ok(waits.slice(8).every(wait => wait === 0))
})

t.test('where flushes take no time nobody is waited for longer than the next look', async t => {
  const gathering = new Gathering()
  play(gathering, together, 0)
  t.ok(play(gathering, oneByOne, 1).at <= 0.03)
})

t.test('a clock that stands still does not keep a batch for ever', async t => {
  const gathering = afterFlushes()
  gathering.isComplete(4, 0)
  let looks = 0
  while (!gathering.isComplete(1, 0)) looks++
  t.ok(looks > 0 && looks <= 101)
})
