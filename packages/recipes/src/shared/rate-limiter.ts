import type { Client } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { orAborted } from '../base/abort.js'
import { int64Codec } from '../base/codec.js'
import { clockOf, type RecipeOptions, type WaitOptions } from '../base/options.js'
import { argument } from '../base/paths.js'
import { SharedValue } from './shared-value.js'

/** For a rate limiter; all processes have to say the same. */
export interface RateLimiterOptions extends RecipeOptions {
  /** How many per second, for all processes together. */
  readonly perSecond: number
  /** How many may come at once after a pause. Default 1. */
  readonly burst?: number
}

const MICROS_PER_SECOND = 1_000_000
const MICROS_PER_MS = 1000

/**
 * So many per second, over all processes: each call books the next free time in one shared znode (int64, microseconds since
 * 1970) and waits for it. One conditional write for a call, no polling; calls go in the order of booking.
 *
 * The processes' clocks decide: by how far they differ, a pause may be longer or a burst larger. **Suspended**: waits.
 * **Expired**: rejects. Meant for tens of calls a second: every one is a write to the ensemble.
 */
export class RateLimiter {
  readonly #bookings: SharedValue<bigint>
  readonly #clock: Clock
  readonly #periodMicros: bigint
  readonly #burst: bigint

  /** @throws RECIPE_ARGUMENT for a path or numbers that cannot be */
  constructor(client: Client, path: string, options: RateLimiterOptions) {
    const { perSecond, burst = 1 } = options
    if (!(perSecond > 0 && perSecond <= MICROS_PER_SECOND)) throw argument(`${perSecond} per second cannot be kept`)
    if (!Number.isSafeInteger(burst) || burst < 1) throw argument(`a burst has one call at least, found ${burst}`)
    this.#bookings = new SharedValue(client, path, { codec: int64Codec, initial: 0n })
    this.#clock = clockOf(options)
    this.#periodMicros = BigInt(Math.round(MICROS_PER_SECOND / perSecond))
    this.#burst = BigInt(burst)
  }

  /** Resolves when it is this call's time. @throws the signal's reason; a time that was booked is then not used */
  async acquire({ signal }: WaitOptions = {}): Promise<void> {
    let at = 0n
    const booking = this.#bookings.update(
      booked => {
        const now = this.#now()
        const free = booked > now ? booked : now
        // Up to a whole burst may be ahead of its time.
        at = free - (this.#burst - 1n) * this.#periodMicros
        return free + this.#periodMicros
      },
      signal === undefined ? {} : { signal },
    )
    await orAborted(booking, signal)
    const waitMs = Math.ceil(Number(at - this.#now()) / MICROS_PER_MS)
    if (waitMs > 0) await this.#wait(waitMs, signal)
  }

  #now(): bigint {
    return BigInt(Math.floor(this.#clock.wallTime() * MICROS_PER_MS))
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    let cancel = () => {}
    const passed = new Promise<void>(resolve => {
      cancel = this.#clock.schedule(ms, resolve)
    })
    try {
      await orAborted(passed, signal)
    } finally {
      cancel()
    }
  }
}
