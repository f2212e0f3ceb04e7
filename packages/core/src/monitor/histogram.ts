import type { Quantiles } from '../seams/index.js'

/** Values below this have a bucket each. */
const EXACT = 128
/** Above, each power of two has this many buckets: an error of 3 percent at most. */
const STEPS = 32
const EXACT_BITS = 7
const STEP_BITS = 5
const VALUE_MAX = 2 ** 31 - 1
const BUCKETS = EXACT + (31 - EXACT_BITS) * STEPS

/**
 * Counts whole numbers in buckets, to tell quantiles of all of them. Recording is one increment and
 * draws no chance, unlike the sample of 4096 values that Apache keeps. Values above 2^31 - 1 count as
 * that, negative ones as 0.
 */
export class Histogram {
  /** Allocated with the first value: most summaries of a server never see one. */
  #buckets: Uint32Array | undefined
  #count = 0

  record(value: number): void {
    this.#buckets ??= new Uint32Array(BUCKETS)
    this.#buckets[bucketOf(value)]!++
    this.#count++
  }

  quantiles(): Quantiles {
    return { p50: this.at(0.5), p95: this.at(0.95), p99: this.at(0.99), p999: this.at(0.999) }
  }

  reset(): void {
    this.#buckets = undefined
    this.#count = 0
  }

  /** The least bucket value that at least this share (0 to 1) of the values does not exceed; 0 of none. */
  at(share: number): number {
    if (this.#buckets === undefined) return 0
    const rank = Math.ceil(share * this.#count)
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket]!
      if (seen >= rank) return leastValueOf(bucket)
    }
    return VALUE_MAX
  }
}

function bucketOf(value: number): number {
  const whole = Math.min(Math.max(Math.round(value), 0), VALUE_MAX)
  if (whole < EXACT) return whole
  const power = 31 - Math.clz32(whole)
  return EXACT + (power - EXACT_BITS) * STEPS + ((whole >>> (power - STEP_BITS)) & (STEPS - 1))
}

/** The least value of a bucket. */
function leastValueOf(bucket: number): number {
  if (bucket < EXACT) return bucket
  const above = bucket - EXACT
  const power = EXACT_BITS + Math.floor(above / STEPS)
  return 2 ** (power - STEP_BITS) * (STEPS + (above % STEPS))
}
