import type { SeededRandom } from '../time/index.js'
import type { ConfigMember, Reconfig } from './schedule.js'

/** The ensemble that a schedule begins with, and what it has besides. */
export interface ReconfigurableEnsemble {
  readonly servers: number
  readonly observers: number
  readonly spares: number
  readonly durationMs: number
}

type Roles = Map<number, ConfigMember['role']>

/**
 * What an administrator asks for in the course of a run. Each change goes on from what the ones before would have made
 * of the ensemble: where one of them fails, the next is an odd one, which is welcome.
 */
export function generateReconfigs(random: SeededRandom, ensemble: ReconfigurableEnsemble): Reconfig[] {
  const { servers, observers, spares, durationMs } = ensemble
  const all = Array.from({ length: servers + observers + spares }, (_, i) => i + 1)
  const members: Roles = new Map(
    all.slice(0, servers + observers).map(id => [id, id <= servers ? 'participant' : 'observer']),
  )
  const count = random.between(2, 6)
  const times = Array.from({ length: count }, () => random.below(durationMs)).sort((a, b) => a - b)
  return times.map(atMs => {
    const asked = chooseChange(random, all, members)
    const startsMs = random.chance(0.15) ? null : random.below(300)
    const condition = random.pick(['none', 'none', 'none', 'last', 'last', 'stale'] as const)
    return { kind: 'reconfig', atMs, ...asked, condition, startsMs, stops: random.chance(0.4) }
  })
}

/** A change, which is noted in `members`. */
function chooseChange(random: SeededRandom, all: readonly number[], members: Roles) {
  const outside = all.filter(id => !members.has(id))
  const roll = random.below(100)
  if (roll < 30 && outside.length > 0) {
    const joining = take(random, outside, random.between(1, 2)).map(server => ({ server, role: chooseRole(random) }))
    for (const { server, role } of joining) members.set(server, role)
    return { joining }
  }
  if (roll < 50 && votersOf(members).length > 2) {
    const leaving = take(random, [...members.keys()], random.between(1, 2))
    const left = new Map([...members].filter(([id]) => !leaving.includes(id)))
    if (votersOf(left).length >= 2) for (const id of leaving) members.delete(id)
    return { leaving }
  }
  if (roll < 65) {
    const server = random.pick([...members.keys()])
    const role: ConfigMember['role'] = members.get(server) === 'observer' ? 'participant' : 'observer'
    if (role === 'participant' || votersOf(members).length > 2) members.set(server, role)
    return { joining: [{ server, role }] }
  }
  const list = take(random, all, random.between(2, Math.min(all.length, 5)))
  const voters = random.between(2, list.length)
  const listed = list.map((server, i): ConfigMember => ({ server, role: i < voters ? 'participant' : 'observer' }))
  members.clear()
  for (const { server, role } of listed) members.set(server, role)
  return { members: listed }
}

function chooseRole(random: SeededRandom): ConfigMember['role'] {
  return random.chance(0.75) ? 'participant' : 'observer'
}

function votersOf(members: Roles): number[] {
  return [...members].filter(([, role]) => role === 'participant').map(([id]) => id)
}

/** So many of them, in an order of chance. */
function take(random: SeededRandom, from: readonly number[], count: number): number[] {
  const rest = [...from]
  return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(random.below(rest.length), 1)[0])
}
