import type { Clock } from '@menagerie/core'

/** The newest wait counts for an eighth in what is expected of the next. */
const WEIGHT = 1 / 8
/** Waits that must have been worth it, as a share, for the next one to be tried. */
const WORTHWHILE = 0.5
/** While they are not, one input in so many is tried all the same. */
const PROBE_EVERY = 64
/** More often than this in a millisecond no loop looks: a clock by which it does stands still. */
const LOOKS_PER_MS = 10_000
/** Who is away from the processor for longer than this has been taken off it. */
const PREEMPTED_MS = 1

/**
 * Keeps the event loop looking for input for some microseconds after it has handled some, instead of going to sleep at
 * once. To be woken costs the loop more than that on most machines, on virtual ones several times as much: a client
 * with one request under way waits for nothing else.
 *
 * It is for one client that speaks alone. Where several do, sleeping gathers what they say for one turn, which costs less
 * for each. And it gives way where the next input seldom comes in time, and where other processes want the processor.
 */
export class BusyPoll {
  private polling = false
  private hasInput = false
  private speaker: object | undefined
  private skipped = 0
  private until = 0
  private looksLeft = 0
  private lastLook = 0
  private hitRate = WORTHWHILE

  /** @param windowMs how long it looks for more input; 0 turns it off */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'defer'>,
    private readonly windowMs: number,
  ) {}

  /** A chunk of a connection was handled. */
  handled(connection: object): void {
    if (connection !== this.speaker) {
      this.speaker = connection
      // Whoever looks stops at the next look.
      this.hasInput = false
      this.until = 0
      return
    }
    this.hasInput = true
    if (this.polling || this.windowMs === 0 || !this.isWorthwhile()) return
    this.polling = true
    this.until = 0
    this.clock.defer(this.look)
  }

  private isWorthwhile(): boolean {
    if (this.hitRate >= WORTHWHILE) return true
    if (++this.skipped < PROBE_EVERY) return false
    this.skipped = 0
    return true
  }

  private readonly look = (): void => {
    const now = this.clock.monotonic()
    if (this.hasInput) {
      this.hasInput = false
      const waited = this.until > 0
      if (waited) this.learn(1)
      if (waited && this.hitRate < WORTHWHILE) {
        this.polling = false
        return
      }
      this.until = now + this.windowMs
      this.looksLeft = Math.ceil(this.windowMs * LOOKS_PER_MS)
    } else if (now >= this.until || --this.looksLeft === 0) {
      if (this.until > 0) this.learn(0)
      if (now - this.lastLook > PREEMPTED_MS) this.hitRate = 0
      this.polling = false
      return
    }
    this.lastLook = now
    this.clock.defer(this.look)
  }

  private learn(outcome: number): void {
    this.hitRate += (outcome - this.hitRate) * WEIGHT
  }
}
