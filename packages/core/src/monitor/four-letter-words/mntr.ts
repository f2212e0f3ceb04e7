/** mntr: every metric, a key and a value in each line. */
import type { SummaryValue } from '../../seams/index.js'
import { average, FRACTIONAL_GAUGES } from '../gauges.js'
import type { EnsembleFacts, MonitorSource } from '../monitor-source.js'
import { decimal, lines, NOT_SERVING } from './format.js'

export function mntr(source: MonitorSource): string {
  return source.isServing ? lines(printed(source)) : `${NOT_SERVING}\n`
}

function* printed(source: MonitorSource): Generator<string> {
  for (const [name, value] of monitorValues(source)) yield `zk_${name}\t${value}`
}

/** A name without its prefix, and the value as it is printed. */
export type MonitorValue = readonly [name: string, value: string]

/** What mntr tells, in its order; all values but `version`, `server_state` and `peer_state` are numbers. */
export function* monitorValues(source: MonitorSource): Generator<MonitorValue> {
  yield entry('version', source.version)
  yield entry('server_state', source.serverState)
  if (source.ensemble !== undefined) yield* ensembleEntries(source.ensemble)
  for (const [name, value] of source.metrics.read()) {
    if (typeof value !== 'number') yield* summaryEntries(name, value)
    else yield entry(name, FRACTIONAL_GAUGES.has(name) ? decimal(value) : whole(value))
  }
}

function* ensembleEntries({ peerState, quorumSize, syncedObservers, leader }: EnsembleFacts): Generator<MonitorValue> {
  yield entry('peer_state', peerState)
  yield entry('quorum_size', whole(quorumSize))
  if (syncedObservers !== undefined) yield entry('synced_observers', whole(syncedObservers))
  if (leader === undefined) return
  yield entry('leader_uptime', whole(leader.uptimeMs))
  yield entry('learners', whole(leader.learners))
  yield entry('synced_followers', whole(leader.syncedFollowers))
  yield entry('synced_non_voting_followers', whole(leader.syncedNonVotingFollowers))
  yield entry('synced_observers', whole(leader.syncedObservers))
  yield entry('pending_syncs', whole(leader.pendingSyncs))
  yield entry('last_proposal_size', whole(leader.proposalBytes.last))
  yield entry('min_proposal_size', whole(leader.proposalBytes.min))
  yield entry('max_proposal_size', whole(leader.proposalBytes.max))
}

function* summaryEntries(name: string, value: SummaryValue): Generator<MonitorValue> {
  yield entry(`avg_${name}`, decimal(average(value)))
  yield entry(`min_${name}`, whole(value.min))
  yield entry(`max_${name}`, whole(value.max))
  yield entry(`cnt_${name}`, whole(value.count))
  yield entry(`sum_${name}`, whole(value.sum))
  for (const [quantile, amount] of Object.entries(value.quantiles ?? {}))
    yield entry(`${quantile}_${name}`, whole(amount))
}

function entry(name: string, value: string): MonitorValue {
  return [name, value]
}

function whole(value: number): string {
  return String(Math.round(value))
}
