import type { Clock } from '@menagerie/core'
import { type ClockBench, clockContract, ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { failures } from './failures.js'

function manual(): ClockBench {
  const clock = new ManualClock()
  return { clock, pass: async ms => clock.advance(ms) }
}

t.test('ManualClock', async t => clockContract((name, body) => void t.test(name, body), manual))

/** The manual clock with one promise broken. */
const mutants: Record<string, (clock: ManualClock) => Partial<Clock>> = {
  'stands still': () => ({ monotonic: () => 0 }),
  'goes back': clock => {
    let calls = 0
    return { monotonic: () => clock.monotonic() - (++calls % 2) }
  },
  'has no wall time': () => ({ wallTime: () => Number.NaN }),
  'calls back within schedule': clock => ({
    schedule(delayMs, callback) {
      if (delayMs <= 0) callback()
      return clock.schedule(delayMs, callback)
    },
  }),
  'calls back too early': clock => ({ schedule: (delayMs, callback) => clock.schedule(delayMs / 2, callback) }),
  'calls back twice': clock => ({
    schedule(delayMs, callback) {
      clock.schedule(delayMs + 1, callback)
      return clock.schedule(delayMs, callback)
    },
  }),
  'forgets what is due at once': clock => ({
    schedule: (delayMs, callback) => (delayMs <= 0 ? () => {} : clock.schedule(delayMs, callback)),
  }),
  'runs timers in the order of their making': clock => {
    let last = 0
    return {
      schedule(delayMs, callback) {
        last = Math.max(last, clock.monotonic() + delayMs)
        return clock.schedule(last - clock.monotonic(), callback)
      },
    }
  },
  'cancels nothing': clock => ({
    schedule(delayMs, callback) {
      clock.schedule(delayMs, callback)
      return () => {}
    },
  }),
  'cancels everything': clock => {
    const cancels: (() => void)[] = []
    return {
      schedule(delayMs, callback) {
        cancels.push(clock.schedule(delayMs, callback))
        return () => {
          for (const cancel of cancels) cancel()
        }
      },
    }
  },
  'cancels once only': clock => ({
    schedule(delayMs, callback) {
      const cancel = clock.schedule(delayMs, callback)
      let cancelled = false
      return () => {
        if (cancelled) throw new Error('cancelled already')
        cancelled = true
        cancel()
      }
    },
  }),
  'defers nothing': () => ({ defer: callback => callback() }),
  'defers in any order': clock => {
    const callbacks: (() => void)[] = []
    return {
      defer(callback) {
        callbacks.push(callback)
        clock.defer(() => callbacks.pop()?.())
      },
    }
  },
}

t.test('the kit catches a clock that', async t => {
  for (const [name, mutate] of Object.entries(mutants)) {
    const create = (): ClockBench => {
      const clock = new ManualClock()
      const broken: Clock = {
        wallTime: () => clock.wallTime(),
        monotonic: () => clock.monotonic(),
        schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
        defer: callback => clock.defer(callback),
        ...mutate(clock),
      }
      return { clock: broken, pass: async ms => clock.advance(ms) }
    }
    const failed = await failures(test => clockContract(test, create))
    t.ok(failed.length > 0, name)
  }
})
