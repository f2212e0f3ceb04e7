import type { Clock } from '@menagerie/core'
import { HitRate } from './hit-rate.js'

/** More often than this in a millisecond no loop looks: a clock by which it does stands still. */
export const LOOKS_PER_MS = 10_000
/** Who is away from the processor for longer than this has been taken off it. */
export const PREEMPTED_MS = 1

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
  private until = 0
  private looksLeft = 0
  private lastLook = 0
  private readonly hits = new HitRate()

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
    if (this.polling || this.windowMs === 0 || !this.hits.isWorthTrying()) return
    this.polling = true
    this.until = 0
    this.clock.defer(this.look)
  }

  private readonly look = (): void => {
    const now = this.clock.monotonic()
    if (this.hasInput) {
      this.hasInput = false
      const waited = this.until > 0
      if (waited) this.hits.learn(true)
      if (waited && !this.hits.isHigh) {
        this.polling = false
        return
      }
      this.until = now + this.windowMs
      this.looksLeft = Math.ceil(this.windowMs * LOOKS_PER_MS)
    } else if (now >= this.until || --this.looksLeft === 0) {
      if (this.until > 0) this.hits.learn(false)
      if (now - this.lastLook > PREEMPTED_MS) this.hits.giveWay()
      this.polling = false
      return
    }
    this.lastLook = now
    this.clock.defer(this.look)
  }
}
