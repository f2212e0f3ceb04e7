import { type ConnectionFacts, interestOps, type MonitorSource, operationName, socketAddress } from '@menagerie/core'
import type { Command } from '../command.js'

/** Plain and TLS connections apart, as Apache has a factory for each. */
export function connectionLists(facts: MonitorSource, brief: boolean) {
  const all = [...facts.connections()]
  const listed = (secure: boolean) =>
    all.filter(connection => connection.isSecure === secure).map(connection => connectionInfo(connection, brief))
  return { connections: listed(false), secure_connections: listed(true) }
}

function connectionInfo(connection: ConnectionFacts, brief: boolean): Record<string, unknown> {
  const { statistics } = connection
  const info = {
    remote_socket_address: socketAddress(connection.remoteAddress, connection.remotePort).slice(1),
    interest_ops: interestOps(connection),
    outstanding_requests: connection.outstandingRequests,
    packets_received: statistics.packetsReceived,
    packets_sent: statistics.packetsSent,
  }
  if (brief) return info
  return {
    ...info,
    session_id: BigInt.asIntN(64, connection.sessionId),
    last_operation: operationName(statistics.lastOperation),
    established: connection.establishedAtMs,
    session_timeout: connection.sessionTimeoutMs,
    last_cxid: statistics.lastCxid,
    last_zxid: statistics.lastZxid,
    last_response_time: Math.round(statistics.lastResponseAtMs),
    last_latency: Math.round(statistics.lastLatencyMs),
    min_latency: Math.round(statistics.minLatencyMs),
    avg_latency: statistics.averageLatencyMs,
    max_latency: Math.round(statistics.maxLatencyMs),
  }
}

export const connectionCommands: readonly Command[] = [
  {
    names: ['connections', 'cons'],
    run: ({ server }) => ({ fields: connectionLists(server.facts, false) }),
  },
  {
    names: ['connection_stat_reset', 'crst'],
    run({ server }) {
      for (const { statistics } of server.facts.connections()) statistics.reset()
      return {}
    },
  },
]
