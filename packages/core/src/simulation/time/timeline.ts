import { EventQueue, type SimulatedEvent } from './event-queue.js'
import type { SimulatedProcess } from './process.js'

/**
 * Simulated time: whole microseconds since the run began, and what is to happen. Time moves only from event
 * to event, and one event runs at a time.
 *
 * Code that runs on promises needs its microtasks run to the end between two events, and the kernel has no
 * means to wait for that: whoever drives the timeline brings one (`drain`), such as `setImmediate`.
 */
export class Timeline {
  private readonly queue = new EventQueue()
  private sequence = 0
  private now = 0
  /** Events that have run. */
  executed = 0

  get nowUs(): number {
    return this.now
  }

  /** `run` happens at `timeUs` (never before now), as part of `process` or of nobody. */
  at(timeUs: number, process: SimulatedProcess | null, run: () => void): SimulatedEvent {
    const event: SimulatedEvent = {
      timeUs: timeUs > this.now ? timeUs : this.now,
      sequence: this.sequence++,
      process,
      run,
      cancelled: false,
    }
    this.queue.push(event)
    return event
  }

  after(delayUs: number, process: SimulatedProcess | null, run: () => void): SimulatedEvent {
    return this.at(this.now + delayUs, process, run)
  }

  /** Lets a paused process go on: what waited happens now, in its order. */
  resume(process: SimulatedProcess): void {
    for (const event of process.resume()) {
      event.timeUs = this.now
      event.sequence = this.sequence++
      this.queue.push(event)
    }
  }

  /**
   * Runs the next event, and gives it; undefined when none is left or the next one lies after `untilUs`, to
   * which the time then moves.
   */
  step(untilUs = Number.POSITIVE_INFINITY): SimulatedEvent | undefined {
    for (;;) {
      const next = this.queue.peek()
      if (next === undefined || next.timeUs > untilUs) {
        if (untilUs !== Number.POSITIVE_INFINITY && untilUs > this.now) this.now = untilUs
        return undefined
      }
      this.queue.pop()
      if (next.cancelled || next.process?.isDead) continue
      if (next.process?.isPaused) {
        next.process.hold(next)
        continue
      }
      this.now = next.timeUs
      this.executed++
      next.run()
      return next
    }
  }
}
