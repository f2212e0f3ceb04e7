import type { Clock } from '@menagerie/core'
import { LOOKS_PER_MS, PREEMPTED_MS } from '../busy-poll.js'
import { HitRate } from '../hit-rate.js'

/**
 * Keeps the event loop looking for the answer of a peer for some microseconds, instead of going to sleep at once, as
 * `BusyPoll` does for a client. A single client's write goes through four processes, and each that has to be woken
 * costs more than what it does: of a create through a follower this takes a twenty-fifth where the peers are on one machine.
 *
 * It gives way where answers seldom come in time, as over a network that is slower than the window, and where other
 * processes want the processor.
 */
export class AnswerPoll {
  private polling = false
  private answered = true
  private until = 0
  private looksLeft = 0
  private lastLook = 0
  private readonly hits = new HitRate()

  /** @param windowMs how long it looks for an answer; 0 turns it off */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'defer'>,
    private readonly windowMs: number,
  ) {}

  /** What was sent last is answered soon. */
  expect(): void {
    if (this.windowMs === 0 || !this.answered || !this.hits.isWorthTrying()) return
    this.answered = false
    this.lastLook = this.clock.monotonic()
    this.until = this.lastLook + this.windowMs
    this.looksLeft = Math.ceil(this.windowMs * LOOKS_PER_MS)
    if (this.polling) return
    this.polling = true
    this.clock.defer(this.look)
  }

  /** The peer has sent something. */
  received(): void {
    if (this.answered) return
    this.answered = true
    this.hits.learn(true)
  }

  private readonly look = (): void => {
    if (this.answered) {
      this.polling = false
      return
    }
    const now = this.clock.monotonic()
    if (now >= this.until || --this.looksLeft === 0) {
      this.answered = true
      this.polling = false
      this.hits.learn(false)
      if (now - this.lastLook > PREEMPTED_MS) this.hits.giveWay()
      return
    }
    this.lastLook = now
    this.clock.defer(this.look)
  }
}
