import { ClockSkew, SeededRandom, SimulatedProcess, Timeline, VirtualClock } from '@menagerie/core/simulation'
import t from 'tap'

function runAll(timeline: Timeline): void {
  while (timeline.step() !== undefined);
}

t.test('events happen in the order of their times, and those of one moment in the order of scheduling', async t => {
  const timeline = new Timeline()
  const seen: string[] = []
  const random = new SeededRandom(5)
  const times = Array.from({ length: 300 }, () => random.below(40))
  for (const [index, timeUs] of times.entries())
    timeline.at(timeUs, null, () => seen.push(`${timeline.nowUs} ${timeUs} ${index}`))
  runAll(timeline)
  const expected = times
    .map((timeUs, index) => ({ timeUs, index }))
    .sort((a, b) => a.timeUs - b.timeUs || a.index - b.index)
    .map(({ timeUs, index }) => `${timeUs} ${timeUs} ${index}`)
  t.strictSame(seen, expected)
})

t.test('time stops at the end of a step that finds nothing to do', async t => {
  const timeline = new Timeline()
  timeline.at(500, null, () => t.fail('not before 500'))
  t.equal(timeline.step(400), undefined)
  t.equal(timeline.nowUs, 400)
})

t.test('a paused process does nothing until it goes on, and then everything in its order', async t => {
  const timeline = new Timeline()
  const [one, other] = [new SimulatedProcess('one'), new SimulatedProcess('other')]
  const seen: string[] = []
  for (const atUs of [10, 20, 30]) {
    timeline.at(atUs, one, () => seen.push(`one ${atUs} at ${timeline.nowUs}`))
    timeline.at(atUs, other, () => seen.push(`other ${atUs} at ${timeline.nowUs}`))
  }
  timeline.at(15, null, () => one.pause())
  timeline.at(35, null, () => timeline.resume(one))
  runAll(timeline)
  t.strictSame(seen, [
    'one 10 at 10',
    'other 10 at 10',
    'other 20 at 20',
    'other 30 at 30',
    'one 20 at 35',
    'one 30 at 35',
  ])
})

t.test('what a paused process cancels does not happen when it goes on', async t => {
  const timeline = new Timeline()
  const process = new SimulatedProcess('one')
  const clock = new VirtualClock(timeline, process)
  let cancel = (): void => {}
  clock.schedule(1, () => cancel())
  cancel = clock.schedule(2, () => t.fail('cancelled'))
  process.pause()
  timeline.at(9000, null, () => timeline.resume(process))
  runAll(timeline)
})

t.test('nothing of a dead process happens', async t => {
  const timeline = new Timeline()
  const process = new SimulatedProcess('one')
  const clock = new VirtualClock(timeline, process)
  clock.schedule(5, () => t.fail('the process is dead'))
  clock.defer(() => process.kill())
  runAll(timeline)
})

t.test('a timer comes no earlier than its delay by the clock that it belongs to, fast or slow', async t => {
  for (const ppm of [0, 50_000, -50_000, 333_333]) {
    const timeline = new Timeline()
    const skew = new ClockSkew(timeline)
    const clock = new VirtualClock(timeline, new SimulatedProcess('one'), skew)
    skew.drift(ppm)
    const random = new SeededRandom(1)
    for (let i = 0; i < 50; i++) {
      const before = clock.monotonic()
      const delayMs = random.below(10_000) / 7
      let passedMs = -1
      clock.schedule(delayMs, () => {
        passedMs = clock.monotonic() - before
      })
      runAll(timeline)
      t.ok(passedMs > delayMs - 1e-6 && passedMs < delayMs + 0.01, `${passedMs} ms of ${delayMs} at ${ppm} ppm`)
    }
  }
})

t.test('a clock that becomes slower under way keeps its timers waiting', async t => {
  const timeline = new Timeline()
  const skew = new ClockSkew(timeline)
  const clock = new VirtualClock(timeline, new SimulatedProcess('one'), skew)
  let passedMs = 0
  clock.schedule(100, () => {
    passedMs = clock.monotonic()
  })
  timeline.at(50_000, null, () => skew.drift(-500_000))
  runAll(timeline)
  t.equal(passedMs, 100)
  t.equal(timeline.nowUs, 150_000)
})

t.test('the monotonic clock never goes back, whatever is done to it, and the wall clock jumps', async t => {
  const timeline = new Timeline()
  const skew = new ClockSkew(timeline)
  const clock = new VirtualClock(timeline, new SimulatedProcess('one'), skew)
  const random = new SeededRandom(2)
  let last = 0
  for (let i = 0; i < 100; i++) {
    timeline.step(timeline.nowUs + random.below(1000))
    skew.drift(random.between(-200_000, 200_000))
    t.ok(clock.monotonic() >= last)
    last = clock.monotonic()
  }
  const before = clock.wallTime()
  skew.wallOffsetMs = -5000
  t.equal(clock.wallTime(), before - 5000)
})

t.test('streams of one seed depend on their name, and not on what others have drawn', async t => {
  const draw = (random: SeededRandom): number[] => Array.from({ length: 20 }, () => random.next())
  const one = new SeededRandom(11)
  draw(one)
  t.strictSame(draw(one.split('disk')), draw(new SeededRandom(11).split('disk')))
  t.notSame(draw(one.split('disk')), draw(one.split('network')))
  t.notSame(draw(new SeededRandom(11).split('disk')), draw(new SeededRandom(12).split('disk')))
  t.notSame(draw(new SeededRandom(11)), draw(new SeededRandom(11 + 2 ** 32)))
})
