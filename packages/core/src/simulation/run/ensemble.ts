import type { EnsembleConfig, EnsembleServer } from '../../config/ensemble.js'
import { SYNC_LIMIT_TICKS } from './timing.js'

/** An ensemble of so many voters, and observers with the ids behind theirs, found by their ids alone. Null for a single server. */
export function simulatedEnsemble(
  servers: number,
  observers = 0,
  options: ReadonlyMap<string, unknown> = new Map(),
): EnsembleConfig | null {
  if (servers === 1) return null
  const members = Array.from({ length: servers + observers }, (_, i): [number, EnsembleServer] => {
    const address = { host: `server-${i + 1}`, quorumPort: 2888, electionPort: 3888 }
    return [i + 1, { id: i + 1, addresses: [address], role: i < servers ? 'participant' : 'observer' }]
  })
  return {
    servers: new Map(members),
    groups: new Map(),
    weights: new Map(),
    version: '0',
    distributed: true,
    options: new Map([
      ['initLimit', 10],
      ['syncLimit', SYNC_LIMIT_TICKS],
      // Few, so that learners come back by every way there is.
      ['commitLogCount', 30],
      ...options,
    ]),
  }
}
