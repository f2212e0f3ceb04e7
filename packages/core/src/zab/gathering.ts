/** Of the last so many batches the largest says how many writers there are. */
const MEMORY = 8
/** Who has not written for so long, in ms, is waited for no further; and not for longer than half a flush. */
const QUIET_MS_MAX = 0.1
/** Nor for more looks than this, by a clock that stands still. */
const QUIET_LOOKS_MAX = 100
/** The newest wait, and the newest flush, count for so much in what is expected of the next. */
const WEIGHT = 1 / 8
/** Waits that must have been worth it, as a share, for the next one to be tried. */
const WORTHWHILE = 0.5
/** While they are not, one batch in so many is tried all the same. */
const PROBE_EVERY = 64

/**
 * Decides when a batch of writes is flushed: once all who write these days have written, rather than as soon as the first
 * one has. Clients that wait for each reply write again one after the other, as the replies to the last batch reach
 * them; a flush for the first of them makes all others wait for a second one.
 */
export class Gathering {
  private readonly sizes = new Array<number>(MEMORY).fill(0)
  private newest = 0
  private waiting = false
  private seen = 0
  private quietSince = 0
  private quietLooks = 0
  private flushMs = 0
  private hitRate = WORTHWHILE
  private skipped = 0

  /**
   * @param size writes that are ready, at least one
   * @param now monotonic time in ms
   * @returns whether they are to be flushed now; otherwise it wants to be asked again as soon as other input was looked for
   */
  isComplete(size: number, now: number): boolean {
    if (!this.waiting) {
      if (size >= Math.max(...this.sizes) || !this.isWorthwhile()) return this.complete(size)
      this.waiting = true
    } else if (size >= Math.max(...this.sizes)) {
      this.learn(1)
      return this.complete(size)
    }
    if (size > this.seen) {
      this.seen = size
      this.quietSince = now
      this.quietLooks = 0
      return false
    }
    this.quietLooks++
    if (now - this.quietSince < Math.min(QUIET_MS_MAX, this.flushMs / 2) && this.quietLooks < QUIET_LOOKS_MAX)
      return false
    this.learn(0)
    return this.complete(size)
  }

  /** A flush took so long. */
  flushed(elapsedMs: number): void {
    this.flushMs += (elapsedMs - this.flushMs) * WEIGHT
  }

  private complete(size: number): true {
    this.sizes[this.newest] = size
    this.newest = (this.newest + 1) % MEMORY
    this.waiting = false
    this.seen = 0
    return true
  }

  private isWorthwhile(): boolean {
    if (this.hitRate >= WORTHWHILE) return true
    if (++this.skipped < PROBE_EVERY) return false
    this.skipped = 0
    return true
  }

  private learn(outcome: number): void {
    this.hitRate += (outcome - this.hitRate) * WEIGHT
  }
}
