/**
 * Who belongs to the ensemble and which sets of servers decide: majorities (Apache: QuorumMaj), or groups and
 * weights (QuorumHierarchical). Values that never change: a reconfiguration makes a new one.
 */
import type { EnsembleConfig, EnsembleServer } from '../../config/ensemble.js'
import type { ServerId } from '../../seams/peer-transport.js'

/** One version of the ensemble's configuration. Any two of its quorums have a server in common. */
export interface QuorumVerifier {
  readonly kind: 'majority' | 'hierarchical'
  /** The zxid of the reconfiguration that made it; 0 for the list that a server started with. */
  readonly version: number
  readonly servers: ReadonlyMap<ServerId, EnsembleServer>
  readonly voters: ReadonlySet<ServerId>
  readonly observers: ReadonlySet<ServerId>
  /** Group to its servers; empty for a majority. */
  readonly groups: ReadonlyMap<number, readonly ServerId[]>
  /** Every voter's weight where there are groups, those of 1 included; empty for a majority. */
  readonly weights: ReadonlyMap<ServerId, number>
  /** 0 for whoever does not vote; whoever has weight 0 never leads. */
  weightOf(id: ServerId): number
  /** Whether these voters can decide. Ids of others in the set do not count. */
  containsQuorum(acks: ReadonlySet<ServerId>): boolean
}

/** What a verifier is made of: of {@link EnsembleConfig}, whose version is hexadecimal, or out of other parts. */
export interface QuorumParts {
  readonly servers: ReadonlyMap<ServerId, EnsembleServer>
  readonly groups?: EnsembleConfig['groups']
  readonly weights?: EnsembleConfig['weights']
  /** A number, or hexadecimal text. */
  readonly version: number | string
}

/**
 * The verifier of a checked configuration (see `judgeEnsemble`): by groups if it has groups or weights, by
 * majority otherwise.
 */
export function quorumVerifier({ servers, groups, weights, version: given }: QuorumParts): QuorumVerifier {
  const voters = new Set<ServerId>()
  const observers = new Set<ServerId>()
  for (const { id, role } of servers.values()) (role === 'participant' ? voters : observers).add(id)
  const version = typeof given === 'number' ? given : Number.parseInt(given, 16)
  const members = { servers, voters, observers, version }
  if ((groups?.size ?? 0) === 0 && (weights?.size ?? 0) === 0) return majority(members)
  return hierarchical(members, groups ?? new Map(), weights ?? new Map())
}

type Members = Pick<QuorumVerifier, 'servers' | 'voters' | 'observers' | 'version'>

function majority(members: Members): QuorumVerifier {
  const { voters } = members
  return {
    kind: 'majority',
    ...members,
    groups: new Map(),
    weights: new Map(),
    weightOf: id => (voters.has(id) ? 1 : 0),
    containsQuorum(acks) {
      let count = 0
      for (const id of acks) if (voters.has(id)) count++
      return count * 2 > voters.size
    },
  }
}

function hierarchical(
  members: Members,
  groups: ReadonlyMap<number, readonly ServerId[]>,
  given: ReadonlyMap<ServerId, number>,
): QuorumVerifier {
  const { voters } = members
  const weights = new Map(given)
  for (const id of voters) if (!weights.has(id)) weights.set(id, 1)
  const weightOf = (id: ServerId) => (voters.has(id) ? (weights.get(id) ?? 0) : 0)
  // A group's total takes in the weight that an observer was given, though it never acknowledges: so does Apache.
  const totals = [...groups.values()].map(ids => ({ ids, total: sum(ids.map(id => weights.get(id) ?? 0)) }))
  // Without this, servers of weight 0 in a data centre of their own would stop everyone else.
  const counting = totals.filter(({ total }) => total > 0)
  return {
    kind: 'hierarchical',
    ...members,
    groups,
    weights,
    weightOf,
    containsQuorum(acks) {
      let won = 0
      for (const { ids, total } of counting) {
        if (sum(ids.map(id => (acks.has(id) ? weightOf(id) : 0))) * 2 > total) won++
      }
      return won * 2 > counting.length
    },
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Whether both have the same servers in the same roles at the same addresses, with the same groups and weights. */
export function sameMembers(a: QuorumVerifier, b: QuorumVerifier): boolean {
  return (
    a.kind === b.kind &&
    sameMap(a.servers, b.servers, (x, y) => JSON.stringify(plain(x)) === JSON.stringify(plain(y))) &&
    sameMap(a.groups, b.groups, (x, y) => sorted(x).join() === sorted(y).join()) &&
    sameMap(a.weights, b.weights, (x, y) => x === y)
  )
}

/** A server with its fields in one order. */
function plain({ id, addresses, role, client }: EnsembleServer): unknown {
  const places = addresses.map(({ host, quorumPort, electionPort }) => [host, quorumPort, electionPort].join(' '))
  return [id, places.sort(), role, client?.host, client?.port]
}

function sorted(ids: readonly ServerId[]): ServerId[] {
  return [...ids].sort((a, b) => a - b)
}

function sameMap<V>(a: ReadonlyMap<number, V>, b: ReadonlyMap<number, V>, same: (a: V, b: V) => boolean): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)!))
}
