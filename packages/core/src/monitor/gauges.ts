import type { Metrics } from '../seams/index.js'
import type { MonitorSource } from './monitor-source.js'

/** Gauges that are no whole numbers: mntr prints them with a decimal point even where they are 0. */
export const FRACTIONAL_GAUGES: ReadonlySet<string> = new Set(['avg_latency', 'connection_drop_probability'])

/** Registers every gauge of a standalone server under Apache's names, in the order that Apache prints them in. */
export function registerServerGauges(metrics: Metrics, source: MonitorSource): void {
  const { statistics } = source
  const gauges: Record<string, () => number> = {
    ephemerals_count: () => source.ephemeralCount,
    num_alive_connections: () => source.connectionCount,
    avg_latency: () => average(statistics.latencyMs.read()),
    outstanding_requests: () => source.outstandingRequests,
    znode_count: () => source.znodeCount,
    global_sessions: () => source.sessionCount,
    non_mtls_remote_conn_count: () => 0,
    last_client_response_size: () => statistics.responseBytes.last,
    packets_sent: () => statistics.packetsSent,
    packets_received: () => statistics.packetsReceived,
    max_client_response_size: () => statistics.responseBytes.max,
    connection_drop_probability: () => 0,
    watch_count: () => source.watchCount,
    auth_failed_count: () => statistics.authFailed,
    min_latency: () => statistics.latencyMs.read().min,
    max_file_descriptor_count: () => source.host().maxFileDescriptors ?? -1,
    approximate_data_size: () => source.approximateDataBytes,
    open_file_descriptor_count: () => source.host().openFileDescriptors ?? -1,
    local_sessions: () => source.localSessionCount,
    uptime: () => source.uptimeMs,
    max_latency: () => statistics.latencyMs.read().max,
    outstanding_tls_handshake: () => 0,
    min_client_response_size: () => statistics.responseBytes.min,
    non_mtls_local_conn_count: () => 0,
  }
  for (const [name, read] of Object.entries(gauges)) metrics.gauge(name, read)
}

/** To four decimals, as Apache rounds; 0 of nothing. */
export function average(value: { readonly count: number; readonly sum: number }): number {
  return value.count === 0 ? 0 : Math.round((value.sum / value.count) * 10_000) / 10_000
}
