import { percentile } from './statistics.js'

const CAPACITY = 1 << 20

/** Latencies of one kind of request, in milliseconds, sampled one in `stride` so that recording costs next to nothing. */
export class Latencies {
  private readonly samples = new Float64Array(CAPACITY)
  private count = 0
  private seen = 0

  constructor(private readonly stride: number) {}

  record(milliseconds: number): void {
    if (this.seen++ % this.stride !== 0 || this.count === CAPACITY) return
    this.samples[this.count++] = milliseconds
  }

  clear(): void {
    this.count = 0
    this.seen = 0
  }

  summary(): LatencySummary {
    const sorted = this.samples.slice(0, this.count).sort()
    return {
      samples: this.count,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1),
    }
  }
}

/** Milliseconds; NaN without samples. */
export interface LatencySummary {
  samples: number
  p50: number
  p99: number
  max: number
}
