/** Of the last so many flushes the largest says how much is under way. */
const MEMORY = 8
/** With as many bytes under way, half of them are a flush of their own. */
const OVERLAP_BYTES = 128 * 1024
/** Who has not written for so long, in ms, is waited for no further; and not for longer than half a flush. */
const QUIET_MS_MAX = 0.1
/** Nor for more looks than this, by a clock that stands still. */
const QUIET_LOOKS_MAX = 100
/** Nor, whatever comes in meanwhile, for longer than so many flushes. */
const FLUSHES_MAX = 4
/** The newest wait, and the newest flush, count for so much in what is expected of the next. */
const WEIGHT = 1 / 8
/** Waits that must have been worth it, as a share, for the next one to be tried. */
const WORTHWHILE = 0.5
/** While they are not, one batch in so many is tried all the same. */
const PROBE_EVERY = 64

/** Writes, and the bytes of their records. */
export interface Writes {
  readonly count: number
  readonly bytes: number
}

/**
 * Decides when a batch of writes is flushed: once all who write these days have written, rather than as soon as the first
 * one has. Clients that wait for each reply write again one after the other, as the replies to the last batch reach
 * them; a flush for the first of them makes all others wait for a second one.
 *
 * Where much is under way, half of it is enough: one half is on its way to the disk while the other is applied, answered
 * and followed by new writes. Otherwise all clients would come to wait for the disk together, and then the disk for all
 * of them.
 */
export class Gathering {
  private readonly counts = new Array<number>(MEMORY).fill(0)
  private readonly bytes = new Array<number>(MEMORY).fill(0)
  private newest = 0
  private wantedCount = 0
  private wantedBytes = Number.POSITIVE_INFINITY
  private waiting = false
  private waitingSince = 0
  private seen = 0
  private quietSince = 0
  private quietLooks = 0
  private flushMs = 0
  private hitRate = WORTHWHILE
  private skipped = 0

  /** Whether a flush and other work are to go on at the same time. */
  get overlaps(): boolean {
    return this.wantedBytes < Number.POSITIVE_INFINITY
  }

  /** Whether so much is worth a flush at once, in the middle of a turn or before the last one's writes are applied. */
  isHalf(bytes: number): boolean {
    return bytes >= this.wantedBytes
  }

  /**
   * @param count writes that are ready, at least one
   * @param bytes length of their records
   * @param now monotonic time in ms
   * @returns whether they are to be flushed now; otherwise it wants to be asked again as soon as other input was looked for
   */
  isComplete({ count, bytes }: Writes, now: number): boolean {
    const isEnough = count >= this.wantedCount || this.isHalf(bytes)
    if (!this.waiting) {
      if (isEnough || !this.isWorthwhile()) return this.complete()
      this.waiting = true
      this.waitingSince = now
    } else if (isEnough) {
      this.learn(1)
      return this.complete()
    }
    if (count > this.seen && now - this.waitingSince <= this.flushMs * FLUSHES_MAX) {
      this.seen = count
      this.quietSince = now
      this.quietLooks = 0
      return false
    }
    this.quietLooks++
    if (now - this.quietSince < Math.min(QUIET_MS_MAX, this.flushMs / 2) && this.quietLooks < QUIET_LOOKS_MAX)
      return false
    this.learn(0)
    return this.complete()
  }

  /** A flush took so long. `meanwhile` came during it. */
  flushed(flushed: Writes, meanwhile: Writes, elapsedMs: number): void {
    this.flushMs += (elapsedMs - this.flushMs) * WEIGHT
    const { newest, counts, bytes } = this
    // What comes during a flush belongs to the next one, unless the two are to be halves of the same.
    bytes[newest] = flushed.bytes + meanwhile.bytes
    const most = Math.max(...bytes)
    const overlaps = most >= OVERLAP_BYTES
    counts[newest] = flushed.count
    this.newest = (newest + 1) % MEMORY
    // What waiting was worth before says nothing about it now.
    if (overlaps !== this.overlaps) this.hitRate = WORTHWHILE
    this.wantedCount = overlaps ? Number.POSITIVE_INFINITY : Math.max(...counts)
    this.wantedBytes = overlaps ? most / 2 : Number.POSITIVE_INFINITY
  }

  private complete(): true {
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
