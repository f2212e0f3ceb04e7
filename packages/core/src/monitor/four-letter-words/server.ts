/** srvr: the server in a few lines. stat: the same with its connections. srst: statistics start again. */
import { zxidHex } from '../../zxid.js'
import { average } from '../gauges.js'
import type { LeaderFacts, MonitorSource } from '../monitor-source.js'
import { briefConnectionLine } from './connections.js'
import { decimal, lines, NOT_SERVING } from './format.js'

export function srvr(source: MonitorSource): string {
  return source.isServing ? lines([...heading(source), ...facts(source)]) : `${NOT_SERVING}\n`
}

export function stat(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const clients = [...source.connections()].map(briefConnectionLine)
  return lines([...heading(source), 'Clients:', ...clients, '', ...facts(source)])
}

export function srst(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  source.statistics.reset()
  source.metrics.reset()
  return 'Server stats reset.\n'
}

function heading(source: MonitorSource): string[] {
  const version = `Zookeeper version: ${source.version}`
  return source.isReadOnly ? [version, 'READ-ONLY mode; serving only read-only clients'] : [version]
}

function proposalSizes(leader: LeaderFacts | undefined): string[] {
  if (leader === undefined) return []
  const { last, min, max } = leader.proposalBytes
  return [`Proposal sizes last/min/max: ${last}/${min}/${max}`]
}

function facts(source: MonitorSource): string[] {
  const { statistics } = source
  const latency = statistics.latencyMs.read()
  return [
    `Latency min/avg/max: ${Math.round(latency.min)}/${decimal(average(latency))}/${Math.round(latency.max)}`,
    `Received: ${statistics.packetsReceived}`,
    `Sent: ${statistics.packetsSent}`,
    `Connections: ${source.connectionCount}`,
    `Outstanding: ${source.outstandingRequests}`,
    `Zxid: 0x${zxidHex(source.lastProcessedZxid)}`,
    `Mode: ${source.serverState}`,
    `Node count: ${source.znodeCount}`,
    ...proposalSizes(source.ensemble?.leader),
  ]
}
