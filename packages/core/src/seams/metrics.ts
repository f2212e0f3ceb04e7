import type { InjectionToken } from 'tsyringe'

/** A number that only grows. */
export interface Counter {
  /** @param count a whole number of 0 or more */
  add(count: number): void
}

/** Observations of a quantity, whole numbers of 0 or more: count, sum, min, max, perhaps quantiles. */
export interface Summary {
  observe(value: number): void
}

/**
 * Counters and summaries out of the kernel, under Apache's metric names (`fsynctime`,
 * `commit_count`). Asking twice for one name and key gives the same instrument: ask once, keep it, and
 * the hot path pays only for `add` and `observe`. A `key` makes a family of instruments under one name
 * (`read_per_namespace` for each top-level znode).
 */
export interface Metrics {
  /** The counter of this name; made where there is none. */
  counter(name: string, key?: string): Counter
  /** The summary of this name; made where there is none. Which ones also keep quantiles is up to the implementation. */
  summary(name: string, key?: string): Summary
  /** `read` is called whenever the metrics are; it must be cheap. Registering again replaces it. */
  gauge(name: string, read: () => number): void
  /** A family of gauges, whose keys may come and go. */
  gaugeSet(name: string, read: () => Iterable<readonly [key: string, value: number]>): void
  /**
   * Every instrument's present value: counters and gauges as numbers, summaries as objects. One of a
   * family is named `key_name`.
   */
  read(): ReadonlyMap<string, number | SummaryValue>
  /** The same values with what {@link read} leaves out: the kind of each, and name and key of a family apart. */
  readings(): Iterable<MetricReading>
  /** What the srst command does: counters and summaries start again, as Apache's do. */
  reset(): void
}

/** All 0 while nothing was observed. */
export interface SummaryValue {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly quantiles?: Quantiles
}

/** One instrument's present value, for an exporter that has to say what kind of number it is. */
export type MetricReading = {
  readonly name: string
  /** Of one of a family. */
  readonly key?: string
} & (
  | { readonly kind: 'gauge' | 'counter'; readonly value: number }
  | { readonly kind: 'summary'; readonly value: SummaryReading }
)

/** A summary as it stands, for those who export it. */
export interface SummaryReading extends SummaryValue {
  /** The value that this share (0 to 1) of the observations does not exceed, where the summary can tell. */
  readonly quantile?: (share: number) => number
}

/** Values that 50 %, 95 %, 99 % and 99.9 % of the observations do not exceed. */
export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
}

/** Where the server looks for its counters; by default the kernel's registry. */
export const METRICS: InjectionToken<Metrics> = Symbol.for('menagerie.Metrics')
