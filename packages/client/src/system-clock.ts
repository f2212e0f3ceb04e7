import type { Clock } from '@menagerie/core'

/** The platform's time. */
export const systemClock: Clock = {
  wallTime: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  defer: callback => {
    setImmediate(callback)
  },
}
