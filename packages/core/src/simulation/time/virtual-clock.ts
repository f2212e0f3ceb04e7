import type { Cancel, Clock } from '../../seams/clock.js'
import type { SimulatedEvent } from './event-queue.js'
import type { SimulatedProcess } from './process.js'
import type { Timeline } from './timeline.js'

/** What every clock shows when a run begins: 1 January 2026, UTC, in milliseconds. */
const WALL_START_MS = 1_767_225_600_000

/**
 * How one machine's clock differs from true time, which it keeps over restarts. The monotonic clock may be
 * fast or slow but has no jumps; the wall clock jumps as it likes.
 */
export class ClockSkew {
  private originUs = 0
  private localUs = 0
  private rate = 1
  /** How far the wall clock is off, in milliseconds. */
  wallOffsetMs = 0

  constructor(private readonly timeline: Timeline) {}

  /** Parts per million that the clock is fast (or slow, below 0) from now on. */
  drift(partsPerMillion: number): void {
    this.localUs = this.monotonicUs()
    this.originUs = this.timeline.nowUs
    this.rate = 1 + partsPerMillion / 1e6
  }

  monotonicUs(atUs = this.timeline.nowUs): number {
    return Math.floor(this.localUs + (atUs - this.originUs) * this.rate)
  }

  /** The first true time at which this clock shows `localUs` or more. */
  whenUs(localUs: number): number {
    let atUs = Math.ceil(this.originUs + (localUs - this.localUs) / this.rate)
    while (this.monotonicUs(atUs) < localUs) atUs++
    return atUs
  }
}

/** The {@link Clock} seam of one process in simulated time, as its machine's clock shows it. */
export class VirtualClock implements Clock {
  constructor(
    private readonly timeline: Timeline,
    private readonly process: SimulatedProcess,
    private readonly skew: ClockSkew = new ClockSkew(timeline),
  ) {}

  wallTime(): number {
    return WALL_START_MS + Math.floor(this.skew.monotonicUs() / 1000) + this.skew.wallOffsetMs
  }

  monotonic(): number {
    return this.skew.monotonicUs() / 1000
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const dueUs = this.skew.monotonicUs() + Math.ceil(Math.max(0, delayMs) * 1000)
    let event: SimulatedEvent
    const arm = (): void => {
      event = this.timeline.at(this.skew.whenUs(dueUs), this.process, () => {
        // The clock has become slower since: the time has not passed by what it shows.
        if (this.skew.monotonicUs() < dueUs) arm()
        else callback()
      })
    }
    arm()
    return () => {
      event.cancelled = true
    }
  }

  defer(callback: () => void): void {
    this.timeline.after(0, this.process, callback)
  }
}
