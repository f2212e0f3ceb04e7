/** The server whose answers are recorded in fixtures/, as facts. */
import { readFileSync } from 'node:fs'
import {
  type ConnectionFacts,
  ConnectionStatistics,
  MetricsRegistry,
  type MonitorSource,
  registerServerGauges,
  ServerStatistics,
} from '@menagerie/core'

const FIXTURES = new URL('../../test/monitor/fixtures/', import.meta.url)
const A = 0x100001f38e90000n
const B = 0x100001f38e90001n

export function recorded(name: string): string {
  return readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8')
}

/** Latencies are those of the replies, the last one last. */
function connection(
  remotePort: number,
  facts: Partial<ConnectionFacts>,
  counts: { received: number; sent: number; lastCxid?: number; lastResponseAtMs?: number; latencies?: number[] },
): ConnectionFacts {
  const statistics = new ConnectionStatistics()
  statistics.packetsReceived = counts.received
  statistics.packetsSent = counts.sent
  const now = counts.lastResponseAtMs ?? 0
  for (const latency of counts.latencies ?? []) statistics.replied(4, counts.lastCxid ?? 0, 7, now - latency, now)
  return {
    remoteAddress: '127.0.0.1',
    remotePort,
    isSecure: false,
    isReading: true,
    isWriting: false,
    outstandingRequests: 0,
    sessionId: 0n,
    sessionTimeoutMs: 10_000,
    establishedAtMs: 0,
    expiresAtMs: Date.UTC(2026, 10, 23, 14, 20, 59),
    statistics,
    ...facts,
  }
}

/** One connection with session A, one with B, and the one that asks, from `askedFrom`. */
export function recordedConnections(askedFrom: number): ConnectionFacts[] {
  return [
    connection(
      56392,
      { sessionId: B, establishedAtMs: 1795443646745 },
      { received: 5, sent: 6, lastCxid: 4, lastResponseAtMs: 2087715, latencies: [0, 2, 1] },
    ),
    connection(
      56382,
      { sessionId: A, establishedAtMs: 1795443646727 },
      { received: 9, sent: 10, lastCxid: 8, lastResponseAtMs: 2087713, latencies: [12, 0, 0, 0] },
    ),
    connection(askedFrom, { isReading: false }, { received: 1, sent: 0 }),
  ]
}

export function recordedSource(changes: Partial<MonitorSource> = {}): MonitorSource {
  const metrics = new MetricsRegistry()
  const statistics = new ServerStatistics()
  statistics.packetsReceived = 16
  statistics.packetsSent = 17
  for (const latency of [0, 12, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]) statistics.latencyMs.observe(latency)
  const connections = recordedConnections(56428)
  const source: MonitorSource = {
    isServing: true,
    isReadOnly: false,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Debian's build left it unfilled
    version: '3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC',
    serverState: 'standalone',
    uptimeMs: 41605,
    lastProcessedZxid: 7,
    outstandingRequests: 0,
    connectionCount: 3,
    znodeCount: 9,
    ephemeralCount: 3,
    sessionCount: 2,
    localSessionCount: 0,
    approximateDataBytes: 79,
    watchCount: 5,
    statistics,
    metrics,
    config: {
      clientPort: 22881,
      secureClientPort: -1,
      dataDir: '/var/lib/zookeeper/version-2',
      dataLogDir: '/var/lib/zookeeper/version-2',
      tickTimeMs: 2000,
      maxClientCnxns: 60,
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40000,
      clientPortListenBacklog: -1,
      serverId: 0,
    },
    host: () => ({}),
    storageBytes: async () => ({ dataDir: 67109337, dataLogDir: 67109337 }),
    connections: () => connections,
    sessions: () => [A, B].map(id => ({ id, timeoutMs: 10_000, expiresAtMs: Date.UTC(2026, 10, 23, 14, 20, 57) })),
    ephemerals: () => [
      [A, ['/app/eph1', '/app/eph2']],
      [B, ['/app/eph3']],
    ],
    watchSummary: () => ({ connections: 2, paths: 3, watches: 4 }),
    watches: () => [
      ['/app/eph1', [A]],
      ['/app', [A, B]],
      ['/none', [B]],
    ],
    digests: () => [{ zxid: 0x80, digest: 258840300657n }],
    ...changes,
  }
  registerServerGauges(metrics, source)
  return source
}
