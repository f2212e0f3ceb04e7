import { RenewedMap } from '../collections/renewed.js'
import type { Cancel, Clock } from '../seams/clock.js'

/**
 * One timer for many things that all may take equally long. Since every wait is equally long, the order
 * of adding is the order of expiry: the timer only ever watches the oldest, and nothing is armed while
 * nothing waits. Adding and removing take constant time.
 */
export class Deadlines<Item> {
  private readonly due = new RenewedMap<Item, number>()
  private cancel: Cancel | undefined

  /**
   * @param granularityMs The timer fires at most this often, so that a flood costs few timers; an item
   * expires up to this much late.
   */
  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
    private readonly granularityMs: number,
    private readonly expired: (item: Item) => void,
  ) {}

  get size(): number {
    return this.due.size
  }

  /** Starts the wait for `item`, or starts it again. */
  add(item: Item): void {
    this.due.delete(item)
    this.due.set(item, this.clock.monotonic() + this.timeoutMs)
    this.cancel ??= this.clock.schedule(this.timeoutMs, this.check)
  }

  /** Ends the wait; an item that is not waiting is fine. */
  remove(item: Item): void {
    this.due.delete(item)
  }

  /** Forgets every item and stops the timer. */
  clear(): void {
    this.due.clear()
    this.cancel?.()
    this.cancel = undefined
  }

  private readonly check = (): void => {
    this.cancel = undefined
    const now = this.clock.monotonic()
    for (const [item, at] of this.due) {
      if (at > now) {
        this.cancel ??= this.clock.schedule(Math.max(at - now, this.granularityMs), this.check)
        return
      }
      this.due.delete(item)
      this.expired(item)
    }
  }
}
