import type { Counter, MetricReading, Metrics, Summary, SummaryReading, SummaryValue } from '../seams/index.js'
import { COUNTERS, SUMMARIES, SUMMARIES_WITH_QUANTILES } from './catalogue.js'
import { Histogram } from './histogram.js'

/** Families whose members keep quantiles. */
const FAMILIES_WITH_QUANTILES: ReadonlySet<string> = new Set(['ack_latency', 'learner_handler_qp_time_ms'])

/** A running count, sum, min and max. */
export class RunningSummary implements Summary {
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  readonly #histogram: Histogram | undefined

  constructor(options: { quantiles: boolean } = { quantiles: false }) {
    if (options.quantiles) this.#histogram = new Histogram()
  }

  observe(value: number): void {
    this.#count++
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#histogram?.record(value)
  }

  read(): SummaryValue {
    const empty = this.#count === 0
    return {
      count: this.#count,
      sum: this.#sum,
      min: empty ? 0 : this.#min,
      max: empty ? 0 : this.#max,
      ...(this.#histogram && { quantiles: this.#histogram.quantiles() }),
    }
  }

  reading(): SummaryReading {
    const histogram = this.#histogram
    return { ...this.read(), ...(histogram && { quantile: (share: number) => histogram.at(share) }) }
  }

  reset(): void {
    this.#count = 0
    this.#sum = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
    this.#histogram?.reset()
  }
}

class RunningCounter implements Counter {
  value = 0
  add(count: number): void {
    this.value += count
  }
}

/**
 * The default {@link Metrics}: numbers in memory, for mntr and for whoever reads them. Apache's whole
 * catalogue is there from the start; names beyond it appear with their first use. Values are read in
 * Apache's order of kinds: gauges, counters, summaries, summaries with quantiles, families last in each.
 */
export class MetricsRegistry implements Metrics {
  readonly #gauges = new Map<string, () => number>()
  readonly #gaugeSets = new Map<string, () => Iterable<readonly [string, number]>>()
  readonly #counters = new Map<string, RunningCounter>()
  readonly #counterFamilies = new Map<string, RunningCounter>()
  readonly #summaries = new Map<string, RunningSummary>()
  readonly #summariesWithQuantiles = new Map<string, RunningSummary>()
  readonly #summaryFamilies = new Map<string, RunningSummary>()
  /** Name and key of each member of a family, under the two together. */
  readonly #members = new Map<string, { readonly name: string; readonly key: string }>()

  constructor() {
    for (const name of COUNTERS) this.counter(name)
    for (const name of SUMMARIES) this.summary(name)
    for (const name of SUMMARIES_WITH_QUANTILES)
      this.#summariesWithQuantiles.set(name, new RunningSummary({ quantiles: true }))
  }

  counter(name: string, key?: string): Counter {
    const create = () => new RunningCounter()
    return key === undefined
      ? obtain(this.#counters, name, create)
      : obtain(this.#counterFamilies, this.#member(name, key), create)
  }

  summary(name: string, key?: string): Summary {
    if (key !== undefined) {
      const quantiles = FAMILIES_WITH_QUANTILES.has(name)
      return obtain(this.#summaryFamilies, this.#member(name, key), () => new RunningSummary({ quantiles }))
    }
    const detailed = this.#summariesWithQuantiles.get(name)
    return detailed ?? obtain(this.#summaries, name, () => new RunningSummary())
  }

  gauge(name: string, read: () => number): void {
    this.#gauges.set(name, read)
  }

  gaugeSet(name: string, read: () => Iterable<readonly [key: string, value: number]>): void {
    this.#gaugeSets.set(name, read)
  }

  read(): ReadonlyMap<string, number | SummaryValue> {
    const values = new Map<string, number | SummaryValue>()
    for (const [name, read] of this.#gauges) values.set(name, read())
    for (const [name, read] of this.#gaugeSets) for (const [key, value] of read()) values.set(`${key}_${name}`, value)
    for (const counters of [this.#counters, this.#counterFamilies])
      for (const [name, counter] of counters) values.set(name, counter.value)
    for (const summaries of [this.#summaries, this.#summariesWithQuantiles, this.#summaryFamilies])
      for (const [name, summary] of summaries) values.set(name, summary.read())
    return values
  }

  *readings(): Generator<MetricReading> {
    const named = (name: string) => this.#members.get(name) ?? { name }
    for (const [name, read] of this.#gauges) yield { kind: 'gauge', name, value: read() }
    for (const [name, read] of this.#gaugeSets)
      for (const [key, value] of read()) yield { kind: 'gauge', name, key, value }
    for (const counters of [this.#counters, this.#counterFamilies])
      for (const [name, counter] of counters) yield { kind: 'counter', ...named(name), value: counter.value }
    for (const summaries of [this.#summaries, this.#summariesWithQuantiles, this.#summaryFamilies])
      for (const [name, summary] of summaries) yield { kind: 'summary', ...named(name), value: summary.reading() }
  }

  #member(name: string, key: string): string {
    const together = `${key}_${name}`
    if (!this.#members.has(together)) this.#members.set(together, { name, key })
    return together
  }

  reset(): void {
    for (const counters of [this.#counters, this.#counterFamilies])
      for (const counter of counters.values()) counter.value = 0
    for (const summaries of [this.#summaries, this.#summariesWithQuantiles, this.#summaryFamilies])
      for (const summary of summaries.values()) summary.reset()
  }
}

function obtain<T>(all: Map<string, T>, name: string, create: () => T): T {
  let found = all.get(name)
  if (found === undefined) {
    found = create()
    all.set(name, found)
  }
  return found
}
