import { FIRST_CLIENT, type NetworkNode, type SimulatedNetwork } from '../network/index.js'
import type { Timeline } from '../time/index.js'
import type { Crash, Fault, Partition, Reconfig } from './schedule.js'

/** What faults are done to. */
export interface FaultTargets {
  readonly timeline: Timeline
  readonly network: SimulatedNetwork
  /** Ids of all servers. */
  readonly servers: readonly number[]
  server(id: number): FaultyServer
  client(number: number): FaultyClient
  /** Has the administrator ask for another configuration. */
  reconfigure(change: Reconfig): void
}

/** A server as the faults see it. */
export interface FaultyServer {
  crash(how: Crash): void
  restart(downMs: number): void
  pause(): void
  resume(): void
  slowDisk(maxMs: number | null): void
  fillDisk(full: boolean): void
  failNextSync(): void
  damageSnapshot(): void
  damageLog(): void
  skew(driftPpm: number, wallOffsetMs: number): void
}

/** A client as the faults see it. */
export interface FaultyClient {
  disconnect(): void
  die(): void
}

/** The number that the client of a schedule has on the network. */
export function clientNode(client: number): NetworkNode {
  return FIRST_CLIENT + client
}

/** Puts a fault on the timeline, and its end where it lasts. */
export function inject(fault: Fault, targets: FaultTargets): void {
  const { timeline } = targets
  timeline.at(fault.atMs * 1000, null, () => {
    const end = begin(fault, targets)
    if (end !== null && 'durationMs' in fault) timeline.after(fault.durationMs * 1000, null, end)
  })
}

/** Does it; gives how it ends. */
function begin(fault: Fault, targets: FaultTargets): (() => void) | null {
  switch (fault.kind) {
    case 'crash':
      targets.server(fault.server).crash(fault)
      return null
    case 'restart':
      targets.server(fault.server).restart(fault.downMs)
      return null
    case 'pause':
      targets.server(fault.server).pause()
      return () => targets.server(fault.server).resume()
    case 'partition':
      return partition(fault, targets)
    case 'clientCut': {
      const servers = fault.server === 0 ? targets.servers : [fault.server]
      const client = clientNode(fault.client)
      return blockAll(
        targets.network,
        servers.flatMap(server => [[client, server] as const, [server, client] as const]),
      )
    }
    case 'disconnect':
      targets.client(fault.client).disconnect()
      return null
    case 'clientDeath':
      targets.client(fault.client).die()
      return null
    case 'linkBreak':
      targets.network.breakBetween(fault.a, fault.b)
      return null
    case 'slowLink':
      targets.network.setDelay(fault.from, fault.to, { minUs: 1000, maxUs: fault.maxMs * 1000 })
      return () => targets.network.setDelay(fault.from, fault.to, undefined)
    case 'slowDisk':
      targets.server(fault.server).slowDisk(fault.maxMs)
      return () => targets.server(fault.server).slowDisk(null)
    case 'fullDisk':
      targets.server(fault.server).fillDisk(true)
      return () => targets.server(fault.server).fillDisk(false)
    case 'syncFailure':
      targets.server(fault.server).failNextSync()
      return null
    case 'snapshotDamage':
      targets.server(fault.server).damageSnapshot()
      return null
    case 'logDamage':
      targets.server(fault.server).damageLog()
      return null
    case 'reconfig':
      targets.reconfigure(fault)
      return null
    case 'skew':
      targets.server(fault.server).skew(fault.driftPpm, fault.wallOffsetMs)
      return () => targets.server(fault.server).skew(0, 0)
  }
}

function partition({ style, side, bridge, breaks }: Partition, { network, servers }: FaultTargets): () => void {
  const others = servers.filter(server => !side.includes(server) && server !== bridge)
  const cut: [from: number, to: number][] = []
  for (const a of side) {
    for (const b of others) {
      cut.push([a, b])
      if (style !== 'oneWay') cut.push([b, a])
      if (breaks) network.breakBetween(a, b)
    }
  }
  return blockAll(network, cut)
}

function blockAll(network: SimulatedNetwork, directions: readonly (readonly [from: number, to: number])[]): () => void {
  for (const [from, to] of directions) network.block(from, to)
  return () => {
    for (const [from, to] of directions) network.unblock(from, to)
  }
}
