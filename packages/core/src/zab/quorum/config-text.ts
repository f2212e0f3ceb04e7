/**
 * A configuration as text: in /zookeeper/config, in notifications, in NEWLEADER and in dynamic files
 * (Apache: toString of QuorumMaj, QuorumHierarchical and QuorumServer; QuorumPeerConfig.writeDynamicConfig).
 */
import { formatAddress } from '../../auth/ip-address.js'
import type { EnsembleServer } from '../../config/ensemble.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { QuorumVerifier } from './verifier.js'

/** The text in /zookeeper/config: servers, groups, weights, then the version, without a line end after it. */
export function formatConfig(verifier: QuorumVerifier): string {
  return [...memberLines(verifier), `version=${verifier.version.toString(16)}`].join('\n')
}

/**
 * The text of a dynamic file: lines in alphabetical order, without a line end after the last.
 * @param keepVersion For a `.dynamic.next` file, whose name does not tell the version.
 */
export function formatDynamicFile(verifier: QuorumVerifier, keepVersion = false): string {
  const lines = memberLines(verifier)
  if (keepVersion) lines.push(`version=${verifier.version.toString(16)}`)
  return lines.sort().join('\n')
}

function memberLines({ kind, servers, groups, weights }: QuorumVerifier): string[] {
  const lines = hashMapOrder(servers).map(id => `server.${id}=${formatServer(servers.get(id)!)}`)
  if (kind === 'majority') return lines
  const groupOf = new Map<ServerId, number>()
  for (const [group, ids] of groups) for (const id of ids) groupOf.set(id, group)
  const grouped = hashMapOrder(groupOf)
  for (const group of hashMapOrder(groups)) {
    lines.push(`group.${group}=${grouped.filter(id => groupOf.get(id) === group).join(':')}`)
  }
  for (const id of hashMapOrder(weights)) lines.push(`weight.${id}=${weights.get(id)}`)
  return lines
}

/** `127.0.0.1:2888:3888:participant;0.0.0.0:2181`: the value of a `server.N` line. */
export function formatServer({ addresses, role, client }: EnsembleServer): string {
  const byHost = [...addresses].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
  const places = byHost.map(({ host, quorumPort, electionPort }) => {
    return `${formatHost(host)}:${quorumPort}:${electionPort}`
  })
  const clients = client === undefined ? '' : `;${formatHost(client.host)}:${client.port}`
  return `${places.join('|')}:${role}${clients}`
}

/** A name as given, an address as Java prints it, in brackets if it has colons. */
function formatHost(host: string): string {
  const printed = formatAddress(host)
  return printed.includes(':') ? `[${printed}]` : printed
}

/**
 * Ids in the order in which Java's HashMap<Long, …> walks them, which is the order of Apache's lines: rising, as
 * long as all are below the table's size (16 for up to 12 entries). Ids that share a bucket come in
 * rising order here; there, in the order in which they were put in.
 */
function hashMapOrder(map: ReadonlyMap<number, unknown>): number[] {
  let buckets = 16
  while (map.size > buckets * 0.75) buckets *= 2
  const bucket = (id: number) => (id ^ (id >>> 16)) & (buckets - 1)
  return [...map.keys()].sort((a, b) => bucket(a) - bucket(b) || a - b)
}
