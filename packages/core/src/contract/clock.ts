/** The test kit of the {@link Clock} seam. */
import type { Clock } from '../seams/clock.js'
import { expect, expectEqual, type TestFunction } from './harness.js'

/** A clock, and how the kit lets time pass. */
export interface ClockBench {
  readonly clock: Clock
  /** Resolves when this many milliseconds have passed on the clock, and what fell due before has run. */
  pass(ms: number): Promise<void>
}

/** Timers of platforms count whole milliseconds: what is due may be seen to run a fraction early. */
const RESOLUTION_MS = 1

/** `clockContract((name, body) => { t.test(name, body) }, () => ({ clock, pass }))` */
export function clockContract(test: TestFunction, create: () => ClockBench): void {
  test('monotonic never goes back, and moves on by what passes', async () => {
    const { clock, pass } = create()
    let last = clock.monotonic()
    for (let i = 0; i < 1000; i++) {
      const now = clock.monotonic()
      expect(now >= last, `monotonic went from ${last} to ${now}`)
      last = now
    }
    await pass(20)
    const passed = clock.monotonic() - last
    expect(passed >= 20 - RESOLUTION_MS, `monotonic moved by ${passed} ms while 20 passed`)
  })

  test('wallTime is a count of milliseconds', async () => {
    const now = create().clock.wallTime()
    expect(Number.isFinite(now) && now >= 0, `wallTime is ${now}`)
  })

  test('schedule: runs the callback once, after the call and not before its time', async () => {
    const { clock, pass } = create()
    const at = clock.monotonic()
    const ranAt: number[] = []
    clock.schedule(20, () => ranAt.push(clock.monotonic()))
    expectEqual(ranAt, [], 'runs within the call')
    await pass(60)
    expectEqual(ranAt.length, 1, 'runs')
    expect(ranAt[0] >= at + 20 - RESOLUTION_MS, `ran ${ranAt[0] - at} ms after a schedule of 20`)
    await pass(60)
    expectEqual(ranAt.length, 1, 'runs later on')
  })

  test('schedule: what is due at once, or was due before, runs soon and not within the call', async () => {
    const { clock, pass } = create()
    const ran: number[] = []
    for (const delayMs of [0, -5]) clock.schedule(delayMs, () => ran.push(delayMs))
    expectEqual(ran, [], 'runs within the call')
    await pass(20)
    expectEqual([...ran].sort(), [-5, 0], 'runs')
  })

  test('schedule: the earlier one runs first, whichever was asked for first', async () => {
    const { clock, pass } = create()
    const ran: number[] = []
    for (const delayMs of [60, 5, 30]) clock.schedule(delayMs, () => ran.push(delayMs))
    await pass(120)
    expectEqual(ran, [5, 30, 60], 'order')
  })

  test('schedule: a callback may schedule the next', async () => {
    const { clock, pass } = create()
    let left = 3
    const again = (): void => {
      if (--left > 0) clock.schedule(1, again)
    }
    clock.schedule(1, again)
    for (let i = 0; i < 3; i++) await pass(20)
    expectEqual(left, 0, 'callbacks left')
  })

  test('cancel: the callback does not run, and cancelling late or twice is fine', async () => {
    const { clock, pass } = create()
    const ran: string[] = []
    const cancel = clock.schedule(5, () => ran.push('cancelled'))
    const late = clock.schedule(5, () => ran.push('other'))
    cancel()
    cancel()
    await pass(40)
    expectEqual(ran, ['other'], 'runs')
    late()
    late()
    await pass(10)
    expectEqual(ran, ['other'], 'runs after a late cancel')
  })

  test('defer: runs each callback once, in order, and not within the call', async () => {
    const { clock, pass } = create()
    const ran: number[] = []
    const deferred = new Promise<void>(resolve => {
      for (let i = 0; i < 3; i++) clock.defer(() => ran.push(i))
      clock.defer(resolve)
    })
    expectEqual(ran, [], 'runs within the call')
    await deferred
    await pass(5)
    expectEqual(ran, [0, 1, 2], 'order')
  })

  test('defer: does not wait for time to pass', async () => {
    const { clock } = create()
    await new Promise<void>(resolve => clock.defer(resolve))
  })
}
