import t from 'tap'
import { Gathering, type Writes } from '../../dist/zab/gathering.js'

const FLUSH_MS = 0.3
const RECORD_BYTES = 1000

function writes(count: number): Writes {
  return { count, bytes: count * RECORD_BYTES }
}

/**
 * Plays one batch whose writes arrive at the given times, looking every 10 microseconds; returns when it was complete,
 * and has it flushed.
 */
function play(
  gathering: Gathering,
  arrivals: readonly number[],
  start: number,
  { meanwhile = 0, flushMs = FLUSH_MS } = {},
): { size: number; at: number } {
  for (let now = start; ; now += 0.01) {
    const size = arrivals.filter(arrival => start + arrival <= now).length
    if (size === 0 || !gathering.isComplete(writes(size), now)) continue
    gathering.flushed(writes(size), writes(meanwhile), flushMs)
    return { size, at: now - start }
  }
}

const together = [0, 0, 0, 0]
const oneByOne = [0, 0.03, 0.06, 0.09]

function afterFlushes(): Gathering {
  const gathering = new Gathering()
  for (let n = 0; n < 50; n++) gathering.flushed(writes(0), writes(0), FLUSH_MS)
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
  play(gathering, together, 0, { flushMs: 0 })
  t.ok(play(gathering, oneByOne, 1).at <= 0.03)
})

t.test('a clock that stands still does not keep a batch for ever', async t => {
  const gathering = afterFlushes()
  play(gathering, together, 0)
  let looks = 0
  while (!gathering.isComplete(writes(1), 0)) looks++
  t.ok(looks > 0 && looks <= 101)
})

t.test('writes that go on coming are not gathered for longer than a few flushes', t => {
  const gathering = afterFlushes()
  play(
    gathering,
    Array.from({ length: 100 }, () => 0),
    0,
  )
  const trickle = Array.from({ length: 100 }, (_, n) => n * 0.05)
  const { at } = play(gathering, trickle, 10)
  t.ok(at > 0 && at < 5 * FLUSH_MS)
  t.end()
})

t.test('where much is under way, half of it is flushed, so that the other half has something to do', t => {
  const gathering = afterFlushes()
  const many = Array.from({ length: 1000 }, () => 0)
  t.equal(gathering.isHalf(1000 * RECORD_BYTES), false)
  play(gathering, many, 0)
  t.ok(gathering.overlaps)
  t.equal(gathering.isHalf(499 * RECORD_BYTES), false)
  t.equal(gathering.isHalf(500 * RECORD_BYTES), true)
  // What comes during a flush is the other half of what is under way.
  for (let n = 1; n < 20; n++) play(gathering, many.slice(500), n, { meanwhile: 500 })
  t.equal(gathering.isHalf(499 * RECORD_BYTES), false)
  t.equal(gathering.isHalf(500 * RECORD_BYTES), true)
  t.end()
})

t.test('a few writes do not begin a flush where many are under way: the others are waited for', t => {
  const gathering = afterFlushes()
  play(
    gathering,
    Array.from({ length: 1000 }, () => 0),
    0,
  )
  const arrivals = Array.from({ length: 1000 }, (_, n) => (n < 96 ? 0 : 0.05))
  t.equal(play(gathering, arrivals, 10).size, 1000)
  t.end()
})

t.test('once little is under way again, nothing is flushed in halves any more', t => {
  const gathering = afterFlushes()
  play(
    gathering,
    Array.from({ length: 1000 }, () => 0),
    0,
  )
  for (let n = 1; n < 10; n++) play(gathering, together, n)
  t.notOk(gathering.overlaps)
  t.notOk(gathering.isHalf(1000 * RECORD_BYTES))
  t.equal(play(gathering, oneByOne, 10).size, 4)
  t.end()
})
