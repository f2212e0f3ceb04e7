/** The newest wait counts for an eighth in what is expected of the next. */
const WEIGHT = 1 / 8
/** Waits that must have been worth it, as a share, for the next one to be tried. */
const WORTHWHILE = 0.5
/** While they are not, one in so many is tried all the same. */
const PROBE_EVERY = 64

/** Whether it pays to keep a processor while waiting, by how often that has paid lately. */
export class HitRate {
  private rate = WORTHWHILE
  private skipped = 0

  get isHigh(): boolean {
    return this.rate >= WORTHWHILE
  }

  /** Whether to wait this time. */
  isWorthTrying(): boolean {
    if (this.isHigh) return true
    if (++this.skipped < PROBE_EVERY) return false
    this.skipped = 0
    return true
  }

  /** A wait has ended. @param hit what was waited for has come in time */
  learn(hit: boolean): void {
    this.rate += ((hit ? 1 : 0) - this.rate) * WEIGHT
  }

  /** Others need the processor. */
  giveWay(): void {
    this.rate = 0
  }
}
