import type { Counter, Metrics, Summary } from '../seams/metrics.js'

/**
 * What a server counts of its clients: connections, requests and sessions, under the names that Apache's ServerMetrics
 * has for them. The instruments are taken once: hot paths only add.
 */
export class ClientMetrics {
  /** From a request's arrival to its reply, in whole ms: of requests without and with a transaction. */
  readonly readLatency: Summary
  readonly updateLatency: Summary
  /** Of whole frames, length included; four-letter words count as their four bytes. */
  readonly bytesReceived: Counter
  /** Of replies to requests, without their length. */
  readonly responseBytes: Counter
  readonly connectionRequests: Counter
  /** Connect requests of sessions from before. */
  readonly connectionRevalidations: Counter
  /** Connections that their clients have ended, or that broke. */
  readonly connectionDrops: Counter
  readonly sessionsExpired: Counter

  constructor(metrics: Metrics) {
    this.readLatency = metrics.summary('readlatency')
    this.updateLatency = metrics.summary('updatelatency')
    this.bytesReceived = metrics.counter('bytes_received_count')
    this.responseBytes = metrics.counter('response_bytes')
    this.connectionRequests = metrics.counter('connection_request_count')
    this.connectionRevalidations = metrics.counter('connection_revalidate_count')
    this.connectionDrops = metrics.counter('connection_drop_count')
    this.sessionsExpired = metrics.counter('stale_sessions_expired')
  }
}
