import type { EnsembleConfig, EnsembleServer } from '../../config/ensemble.js'
import { formatServer } from '../../zab/quorum/index.js'
import type { ConfigMember, Schedule } from '../faults/index.js'
import { SYNC_LIMIT_TICKS } from './timing.js'

/** An ensemble of so many voters, and observers with the ids behind theirs, found by their ids alone. Null for a single server. */
export function simulatedEnsemble(
  servers: number,
  observers = 0,
  options: ReadonlyMap<string, unknown> = new Map(),
): EnsembleConfig | null {
  if (servers === 1) return null
  const members = firstMembers(servers, observers).map(({ server, role }): [number, EnsembleServer] => [
    server,
    { id: server, addresses: [addressOf(server)], role },
  ])
  return {
    servers: new Map(members),
    groups: new Map(),
    weights: new Map(),
    version: '0',
    distributed: true,
    options: ensembleOptions(options),
  }
}

/** The options of a simulated ensemble, with others in place of some. */
export function ensembleOptions(others: ReadonlyMap<string, unknown> = new Map()): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['initLimit', 10],
    ['syncLimit', SYNC_LIMIT_TICKS],
    // Few, so that learners come back by every way there is.
    ['commitLogCount', 30],
    ...others,
  ])
}

/** What a schedule says of the options of its ensemble. */
export function optionsOf({ snapshots = false }: Schedule): ReadonlyMap<string, unknown> {
  return new Map(snapshots ? [['forceSnapshotSync', true]] : [])
}

/** Voters first, then observers. */
export function firstMembers(servers: number, observers = 0): ConfigMember[] {
  return Array.from({ length: servers + observers }, (_, i) => ({
    server: i + 1,
    role: i < servers ? 'participant' : 'observer',
  }))
}

/** The line of a server in a configuration that may change: with its client address, without which none may join. */
export function serverLine({ server, role }: ConfigMember): string {
  const [address, client] = [addressOf(server), { host: `server-${server}`, port: 2181 }]
  return `server.${server}=${formatServer({ id: server, addresses: [address], role, client })}`
}

function addressOf(server: number) {
  return { host: `server-${server}`, quorumPort: 2888, electionPort: 3888 }
}
