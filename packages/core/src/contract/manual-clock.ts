import type { Cancel, Clock } from '../seams/clock.js'

/**
 * A clock that stands until a test moves it. {@link ManualClock.defer} runs as soon as the present
 * turn of the platform's event loop has ended, whatever the time.
 */
export class ManualClock implements Clock {
  private nowMs = 0
  private timers: { readonly at: number; readonly callback: () => void }[] = []

  /** @param startMs What {@link wallTime} says at the start. */
  constructor(private readonly startMs = 0) {}

  wallTime(): number {
    return this.startMs + this.nowMs
  }

  monotonic(): number {
    return this.nowMs
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const timer = { at: this.nowMs + Math.max(0, delayMs), callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter(other => other !== timer)
    }
  }

  defer(callback: () => void): void {
    void Promise.resolve().then(callback)
  }

  /** Moves the time forward and runs what falls due on the way, earliest first. */
  advance(ms: number): void {
    const until = this.nowMs + ms
    for (;;) {
      const due = this.timers.filter(timer => timer.at <= until)
      if (due.length === 0) break
      const next = due.reduce((first, timer) => (timer.at < first.at ? timer : first))
      this.timers = this.timers.filter(timer => timer !== next)
      this.nowMs = Math.max(this.nowMs, next.at)
      next.callback()
    }
    this.nowMs = until
  }

  /** Timers that are armed. */
  get pending(): number {
    return this.timers.length
  }
}
