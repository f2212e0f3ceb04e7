import type { EnsembleFacts, MetricReading, MonitorSource, SummaryReading } from '@menagerie/core'
import { Counter, Gauge, Registry, Summary } from 'prom-client'

/** What Apache's detailed summaries show: DetailLevel.ADVANCED. */
const QUANTILES = [0.5, 0.9, 0.99]
/** Of a family Apache calls what tells its members apart by this. */
const LABEL = 'key'

/**
 * Everything that the server counts, in Prometheus' text format, under Apache's names (PrometheusMetricsProvider.java):
 * those of mntr without `zk_`. A summary is one metric with count, sum and quantiles. The registry is made anew for each
 * reading, so that what has gone is not shown any more; nothing is kept between two.
 */
export function serverExposition(facts: MonitorSource): Promise<string> {
  const registry = new Registry()
  const families = new Map<string, MetricReading[]>()
  for (const reading of facts.metrics.readings()) {
    const family = families.get(reading.name)
    if (family) family.push(reading)
    else families.set(reading.name, [reading])
  }
  for (const [name, readings] of families) register(registry, name, readings)
  const { ensemble } = facts
  if (ensemble !== undefined) {
    for (const [name, value] of ensembleGauges(ensemble)) register(registry, name, [{ kind: 'gauge', name, value }])
  }
  return registry.metrics()
}

function register(registry: Registry, name: string, readings: readonly MetricReading[]): void {
  const keyed = readings.some(({ key }) => key !== undefined)
  const definition = { name, help: name, registers: [registry], labelNames: keyed ? [LABEL] : [] }
  switch (readings[0].kind) {
    case 'gauge': {
      const gauge = new Gauge(definition)
      for (const { key, value } of readings) gauge.set(labels(key), value as number)
      return
    }
    case 'counter': {
      const counter = new Counter(definition)
      for (const { key, value } of readings) counter.inc(labels(key), value as number)
      return
    }
    case 'summary':
      new ReadSummary(definition, readings)
  }
}

const labels = (key: string | undefined): Record<string, string> => (key === undefined ? {} : { [LABEL]: key })

/** A summary whose observations were counted elsewhere. */
class ReadSummary extends Summary<string> {
  constructor(
    private readonly definition: { name: string; help: string; registers: Registry[]; labelNames: string[] },
    private readonly readings: readonly MetricReading[],
  ) {
    super({ ...definition, percentiles: [] })
  }

  override async get() {
    const { name, help } = this.definition
    const values = this.readings.flatMap(({ key, value }) => summaryValues(name, labels(key), value as SummaryReading))
    return { ...(await super.get()), name, help, values }
  }
}

function summaryValues(name: string, own: Record<string, string>, { count, sum, quantile }: SummaryReading) {
  // Of nothing there is no quantile: Prometheus' libraries say NaN.
  const at = (share: number) => (count === 0 ? Number.NaN : quantile!(share))
  const quantiles = quantile === undefined ? [] : QUANTILES
  return [
    ...quantiles.map(share => ({ labels: { ...own, quantile: String(share) }, value: at(share) })),
    { metricName: `${name}_count`, labels: own, value: count },
    { metricName: `${name}_sum`, labels: own, value: sum },
  ]
}

/** What mntr tells of an ensemble beside the metrics, as far as it is numbers. */
function* ensembleGauges({ quorumSize, leader }: EnsembleFacts): Generator<readonly [name: string, value: number]> {
  yield ['quorum_size', quorumSize]
  if (leader === undefined) return
  yield ['leader_uptime', leader.uptimeMs]
  yield ['learners', leader.learners]
  yield ['synced_followers', leader.syncedFollowers]
  yield ['synced_non_voting_followers', leader.syncedNonVotingFollowers]
  yield ['synced_observers', leader.syncedObservers]
  yield ['pending_syncs', leader.pendingSyncs]
  yield ['last_proposal_size', leader.proposalBytes.last]
  yield ['min_proposal_size', leader.proposalBytes.min]
  yield ['max_proposal_size', leader.proposalBytes.max]
}
