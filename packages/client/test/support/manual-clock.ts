import type { Cancel, Clock } from '@menagerie/core'

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 0
  #timers: { at: number; callback: () => void }[] = []

  wallTime(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const timer = { at: this.#now + delayMs, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  defer(callback: () => void): void {
    callback()
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.length
  }

  /** Runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = end
  }
}
