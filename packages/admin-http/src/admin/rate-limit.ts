import type { Clock } from '@menagerie/core'

/** Lets one request through in each interval (Apache's RateLimiter with a rate of 1). */
export class RateLimit {
  private last = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
  ) {}

  /** Whether this one may pass; it counts if it does. */
  allow(): boolean {
    const now = this.clock.monotonic()
    if (now - this.last < this.intervalMs) return false
    this.last = now
    return true
  }
}
