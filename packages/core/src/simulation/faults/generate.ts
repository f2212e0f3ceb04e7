import { SeededRandom } from '../time/index.js'
import { generateReconfigs } from './generate-reconfigs.js'
import type { Crash, Fault, Reconfig, Schedule } from './schedule.js'

/** Clocks are off by no more than this: checkers that speak of timeouts allow for it. */
const DRIFT_MAX_PPM = 50_000

/** In which schedules the ensemble is reconfigured as well: in all, in none, or in some of them, as the seed says. */
export type ReconfigsIn = 'all' | 'none' | 'some'

/** Of seeds, where only some have reconfigurations. */
const RECONFIGURED_SHARE = 0.2
/**
 * Of seeds, where learners are brought in step by snapshots alone. Elsewhere hardly one run in a hundred sends one: few
 * transactions are always sent as such, and logs of runs reach back to their beginning.
 */
const SNAPSHOTS_SHARE = 0.15
/** So many servers die again after they have come back there, and so soon. */
const RELAPSES_MAX = 4
const RELAPSE_WITHIN_MS = 400
/** Faults strike so close to the moment of a reconfiguration. */
const STRIKES_WITHIN_MS = 50

/** The schedule that belongs to a seed; of a number of observers, too, if there are any. */
export function generateSchedule(
  seed: number,
  servers: number,
  observers = 0,
  reconfigs: ReconfigsIn = 'none',
): Schedule {
  const random = new SeededRandom(seed).split('schedule')
  const clients = random.between(2, 4)
  const durationMs = random.between(1000, 3000)
  const count = random.between(2, servers === 1 ? 7 : 10)
  const faults = Array.from({ length: count }, () => generateFault(random, servers + observers, clients, durationMs))
  faults.push(...generateLogDamage(seed, servers, durationMs))
  const chance = new SeededRandom(seed).split('reconfig')
  const chosen = chance.chance(RECONFIGURED_SHARE)
  const reconfigured = servers > 1 && (reconfigs === 'all' || (reconfigs === 'some' && chosen))
  const spares = reconfigured ? chance.between(1, 3) : undefined
  if (spares !== undefined) {
    const changes = generateReconfigs(chance, { servers, observers, spares, durationMs })
    faults.push(...changes, ...generateStrikes(chance, changes, servers + observers + spares, clients, durationMs))
  }
  const installing = new SeededRandom(seed).split('snapshots')
  const snapshots = servers > 1 && installing.chance(SNAPSHOTS_SHARE)
  if (snapshots) faults.push(...generateRelapses(installing, servers + observers, durationMs))
  faults.sort((a, b) => a.atMs - b.atMs)
  return {
    seed,
    servers,
    ...(observers === 0 ? {} : { observers }),
    ...(spares === undefined ? {} : { spares }),
    ...(snapshots ? { snapshots } : {}),
    clients,
    durationMs,
    faults,
  }
}

/** Faults of all servers, those that join included, most of them when a reconfiguration is just under way. */
function generateStrikes(
  random: SeededRandom,
  changes: readonly Reconfig[],
  servers: number,
  clients: number,
  durationMs: number,
): Fault[] {
  const strikes: Fault[] = []
  for (const { atMs, startsMs } of changes) {
    const askedMs = atMs + (startsMs ?? 0)
    for (let count = random.between(0, 3); count > 0; count--) {
      const fault = generateFault(random, servers, clients, durationMs)
      const nearMs = askedMs + random.between(-STRIKES_WITHIN_MS, STRIKES_WITHIN_MS)
      strikes.push({ ...fault, atMs: Math.max(0, Math.min(nearMs, durationMs - 1)) })
    }
  }
  return strikes
}

/**
 * The log of one server is damaged, once or twice, and found to be when it dies right after. One server only: where as
 * many are damaged as a quorum needs, nobody may decide any more. From a stream of its own, so that what else a seed
 * stands for stays.
 */
function generateLogDamage(seed: number, servers: number, durationMs: number): Fault[] {
  const random = new SeededRandom(seed).split('log damage')
  if (servers < 3 || random.chance(0.7)) return []
  const server = random.between(1, servers)
  return Array.from({ length: random.between(1, 2) }, (): Fault[] => {
    const atMs = random.below(durationMs)
    const [tail, downMs] = [random.below(11) / 10, random.between(1, 500)]
    return [
      { kind: 'logDamage', atMs, server },
      { kind: 'crash', atMs, server, downMs, tail, progress: 0.5, silent: false },
    ]
  }).flat()
}

/** Servers that die, come back, and die again about when they have got a snapshot and said so. */
function generateRelapses(random: SeededRandom, servers: number, durationMs: number): Fault[] {
  const relapses = Array.from({ length: random.between(1, RELAPSES_MAX) }, (): Fault[] => {
    const server = random.between(1, servers)
    const crash = (atMs: number): Fault => {
      const [tail, downMs] = [random.below(11) / 10, random.between(1, 300)]
      return { kind: 'crash', atMs, server, downMs, tail, progress: random.below(11) / 10, silent: false }
    }
    const first = crash(random.below(durationMs))
    const second = crash(first.atMs + (first as Crash).downMs + random.between(1, RELAPSE_WITHIN_MS))
    return [first, second]
  })
  return relapses.flat().filter(({ atMs }) => atMs < durationMs)
}

function generateFault(random: SeededRandom, servers: number, clients: number, durationMs: number): Fault {
  const atMs = random.below(durationMs)
  const server = random.between(1, servers)
  const client = random.between(1, clients)
  const lasting = (maxMs: number) => ({ atMs, durationMs: Math.min(random.between(1, maxMs), durationMs - atMs) })
  const roll = random.below(servers === 1 ? 74 : 100)
  if (roll < 20) {
    const [tail, progress] = [random.below(11) / 10, random.below(11) / 10]
    return { kind: 'crash', atMs, server, downMs: random.between(1, 800), tail, progress, silent: random.chance(0.3) }
  }
  if (roll < 26) return { kind: 'restart', atMs, server, downMs: random.between(1, 500) }
  if (roll < 34) return { kind: 'pause', ...lasting(1500), server }
  if (roll < 42) return { kind: 'clientCut', ...lasting(2000), client, server: random.below(servers + 1) }
  if (roll < 50) return { kind: 'disconnect', atMs, client }
  if (roll < 54) return { kind: 'clientDeath', atMs, client }
  if (roll < 60) return { kind: 'slowDisk', ...lasting(1500), server, maxMs: random.between(5, 200) }
  if (roll < 62) return { kind: 'fullDisk', ...lasting(600), server }
  if (roll < 65) return { kind: 'syncFailure', atMs, server }
  if (roll < 68) return { kind: 'snapshotDamage', atMs, server }
  if (roll < 74) {
    const driftPpm = random.between(-DRIFT_MAX_PPM, DRIFT_MAX_PPM)
    return { kind: 'skew', ...lasting(3000), server, driftPpm, wallOffsetMs: random.between(-100_000, 100_000) }
  }
  const other = 1 + ((server + random.below(servers - 1)) % servers)
  if (roll < 80) return { kind: 'linkBreak', atMs, a: server, b: other }
  if (roll < 84) return { kind: 'slowLink', ...lasting(1500), from: server, to: other, maxMs: random.between(5, 300) }
  const style = random.pick(['full', 'full', 'oneWay', 'bridge'] as const)
  const side = chooseSide(random, servers)
  const outside = Array.from({ length: servers }, (_, i) => i + 1).filter(id => !side.includes(id))
  const bridge = style === 'bridge' ? random.pick(outside) : null
  return { kind: 'partition', ...lasting(3000), style, side, bridge, breaks: random.chance(0.5) }
}

/** Some of the servers, neither none nor all. */
function chooseSide(random: SeededRandom, servers: number): number[] {
  const size = random.between(1, Math.max(1, Math.floor(servers / 2)))
  const all = Array.from({ length: servers }, (_, i) => i + 1)
  return Array.from({ length: size }, () => all.splice(random.below(all.length), 1)[0]).sort((a, b) => a - b)
}
