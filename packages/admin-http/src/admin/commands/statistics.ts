import { average, decimal, monitorValues, type ResponseSizes, slowFlushes } from '@menagerie/core'
import type { Command, CommandContext } from '../command.js'
import { JsonNumber } from '../json-text.js'
import { connectionLists } from './connections.js'

/** Of the values that monitor tells, those that are no numbers. */
const TEXTS: ReadonlySet<string> = new Set(['version', 'server_state', 'peer_state'])

export const statisticsCommands: readonly Command[] = [
  { names: ['ruok'], run: () => ({}) },
  { names: ['is_read_only', 'isro'], run: ({ server }) => ({ fields: { read_only: server.facts.isReadOnly } }) },
  { names: ['server_stats', 'srvr'], run: async context => ({ fields: await serverStats(context) }) },
  {
    names: ['stats', 'stat'],
    run: async context => ({
      fields: { ...(await serverStats(context)), ...connectionLists(context.server.facts, true) },
    }),
  },
  {
    names: ['monitor', 'mntr'],
    always: true,
    run({ server }) {
      const value = (name: string, text: string) => (TEXTS.has(name) ? text : new JsonNumber(text))
      return {
        fields: Object.fromEntries([...monitorValues(server.facts)].map(([name, text]) => [name, value(name, text)])),
      }
    },
  },
  {
    names: ['stat_reset', 'srst'],
    run({ server }) {
      server.facts.statistics.reset()
      server.facts.metrics.reset()
      return {}
    },
  },
]

async function serverStats({ server }: CommandContext): Promise<Record<string, unknown>> {
  const { facts } = server
  const { statistics } = facts
  const latency = statistics.latencyMs.read()
  const storage = await facts.storageBytes()
  const responses = sizes(statistics.responseBytes)
  const proposals = facts.ensemble?.leader?.proposalBytes
  return {
    version: facts.version,
    read_only: facts.isReadOnly,
    server_stats: {
      packets_sent: statistics.packetsSent,
      packets_received: statistics.packetsReceived,
      fsync_threshold_exceed_count: slowFlushes(facts.metrics),
      client_response_stats: responses,
      data_dir_size: storage.dataDir,
      log_dir_size: storage.dataLogDir,
      provider_null: false,
      server_state: facts.serverState,
      last_processed_zxid: facts.lastProcessedZxid,
      outstanding_requests: facts.outstandingRequests,
      avg_latency: new JsonNumber(decimal(average(latency))),
      max_latency: Math.round(latency.max),
      min_latency: Math.round(latency.min),
      num_alive_client_connections: facts.connectionCount,
      uptime: Math.round(facts.uptimeMs),
      auth_failed_count: statistics.authFailed,
      non_mtlsremote_conn_count: 0,
      non_mtlslocal_conn_count: 0,
    },
    client_response: responses,
    proposal_stats: proposals && sizes(proposals),
    node_count: facts.znodeCount,
  }
}

const sizes = ({ last, min, max }: ResponseSizes) => ({
  last_buffer_size: last,
  min_buffer_size: min,
  max_buffer_size: max,
})
