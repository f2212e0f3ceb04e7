import type { MultiPart, Request } from '../history/index.js'
import type { SeededRandom } from '../time/index.js'

/** Znodes that single operations touch, and that never have children: what searches for an order look at. */
export const REGISTERS: readonly string[] = ['/w/r0', '/w/r1', '/w/r2']
const QUEUE = '/w/q'
const GROUP = '/w/m'
const MEMBERS: readonly string[] = [`${GROUP}/a`, `${GROUP}/b`, `${GROUP}/c`]
/** What every client makes sure of before it does anything else. */
export const FOUNDATIONS: readonly string[] = ['/w', QUEUE, GROUP]

/** Where the ensemble's configuration is shown. */
export const CONFIG_PATH = '/zookeeper/config'
/** One read in so many is of the configuration, where that may change. */
const CONFIG_ONE_IN = 15

/** What a client knows that makes its next request an interesting one. */
export interface ClientMemory {
  /** Versions that it has last seen, by path. */
  readonly versions: ReadonlyMap<string, number>
  /** Znodes in the queue that it has seen. */
  readonly queued: readonly string[]
  /** Whether it looks at the ensemble's configuration too. */
  readonly watchesConfig?: boolean
  /** A value that nobody else writes. */
  nextValue(): string
}

/** The next requests of a client, to be sent one behind the other. */
export function choose(random: SeededRandom, memory: ClientMemory): readonly Request[] {
  if (memory.watchesConfig && random.below(CONFIG_ONE_IN) === 0) {
    const look: Request = { kind: 'getData', path: CONFIG_PATH, watch: random.chance(0.7) }
    return random.chance(0.3) ? [{ kind: 'sync', path: CONFIG_PATH }, look] : [look]
  }
  const register = random.pick(REGISTERS)
  const version = (path: string): number => (random.chance(0.5) ? -1 : (memory.versions.get(path) ?? 0))
  const data = memory.nextValue()
  const roll = random.below(100)
  if (roll < 24) return [{ kind: 'setData', path: register, data, version: version(register) }]
  if (roll < 34) return [{ kind: 'create', path: register, data, mode: 'persistent' }]
  if (roll < 40) return [{ kind: 'delete', path: register, version: version(register) }]
  if (roll < 52)
    return [{ kind: 'getData', path: random.pick([register, random.pick(MEMBERS)]), watch: random.chance(0.5) }]
  if (roll < 58) return [{ kind: 'exists', path: register, watch: random.chance(0.7) }]
  if (roll < 66) {
    return [
      { kind: 'sync', path: register },
      { kind: 'getData', path: register, watch: random.chance(0.3) },
    ]
  }
  if (roll < 78) {
    const mode = random.pick([
      'persistentSequential',
      'ephemeral',
      'ephemeralSequential',
      'ephemeralSequential',
    ] as const)
    return [{ kind: 'create', path: mode === 'ephemeral' ? `${QUEUE}/e${random.below(3)}` : `${QUEUE}/s-`, data, mode }]
  }
  if (roll < 85) return [{ kind: 'getChildren', path: random.pick([QUEUE, QUEUE, GROUP]), watch: random.chance(0.7) }]
  if (roll < 92) return [{ kind: 'multi', parts: chooseParts(random, memory, version) }]
  if (roll < 96 && memory.queued.length > 0) return [{ kind: 'delete', path: random.pick(memory.queued), version: -1 }]
  if (roll < 98) return [{ kind: 'addWatch', path: QUEUE, recursive: false }]
  return [{ kind: 'addWatch', path: '/w', recursive: true }]
}

function chooseParts(random: SeededRandom, memory: ClientMemory, version: (path: string) => number): MultiPart[] {
  return Array.from({ length: random.between(1, 3) }, (): MultiPart => {
    const path = random.pick(MEMBERS)
    switch (random.below(6)) {
      case 0:
        return { kind: 'delete', path, version: version(path) }
      case 1:
        return { kind: 'check', path, version: version(path) }
      case 2:
      case 3:
        return { kind: 'create', path, data: memory.nextValue(), mode: random.chance(0.2) ? 'ephemeral' : 'persistent' }
      default:
        return { kind: 'setData', path, data: memory.nextValue(), version: version(path) }
    }
  })
}
