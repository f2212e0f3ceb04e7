import type { InjectionToken } from 'tsyringe'

/** A number that only grows. */
export interface Counter {
  add(count: number): void
}

/** Observations of a quantity: count, sum, min, max. */
export interface Summary {
  observe(value: number): void
}

/**
 * Counters and summaries out of the kernel, under Apache's metric names (`fsynctime`,
 * `commit_count`). Asking twice for one name gives the same instrument.
 */
export interface Metrics {
  counter(name: string): Counter
  summary(name: string): Summary
  /** `read` is called whenever the metrics are; it must be cheap. */
  gauge(name: string, read: () => number): void
  /** Every instrument's present value: counters and gauges as numbers, summaries as objects. */
  read(): ReadonlyMap<string, number | SummaryValue>
  /** What the srst command does: summaries start again, counters stay. */
  resetSummaries(): void
}

export interface SummaryValue {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

export const METRICS: InjectionToken<Metrics> = Symbol('menagerie.Metrics')
