/**
 * A configuration as text: in /zookeeper/config, in notifications, in NEWLEADER and in dynamic files
 * (Apache: toString of QuorumMaj, QuorumHierarchical and QuorumServer; QuorumPeerConfig.writeDynamicConfig).
 */
import { formatAddress } from '../../auth/ip-address.js'
import {
  type EnsembleServer,
  judgeEnsemble,
  type Parsed,
  parseGroup,
  parseServer,
  type ServerAddress,
} from '../../config/ensemble.js'
import { readProperties } from '../../config/properties.js'
import type { ServerId } from '../../seams/peer-transport.js'
import { type QuorumVerifier, quorumVerifier } from './verifier.js'

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
  const places = byHost.map(({ host, quorumPort, electionPort }: ServerAddress) => {
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

/**
 * Reads what {@link formatConfig} or {@link formatDynamicFile} has written, or a person; without a version it is 0.
 * Several addresses for one server are taken whether or not multiAddress.enabled is set here.
 */
export function parseConfig(text: string): Parsed<QuorumVerifier> {
  const servers = new Map<ServerId, EnsembleServer>()
  const groups = new Map<number, readonly ServerId[]>()
  const weights = new Map<ServerId, number>()
  let version = 0
  const { entries, problems } = readProperties(text)
  if (problems.length > 0) return { problem: `line ${problems[0].line}: ${problems[0].message}` }
  for (const { key, value, line } of entries) {
    const read = readEntry(key.trim(), value.trim())
    if (read.problem !== undefined) return { problem: `line ${line}: ${key}: ${read.problem}` }
    const { value: entry } = read
    if (entry.type === 'server') servers.set(entry.server.id, entry.server)
    else if (entry.type === 'group') groups.set(entry.group, entry.ids)
    else if (entry.type === 'weight') weights.set(entry.id, entry.weight)
    else version = entry.version
  }
  // As if standaloneEnabled=false: a single voting server, with or without observers, is an ensemble too.
  const verdict = judgeEnsemble({ servers, groups, weights }, false)
  if (servers.size === 0) return { problem: 'there is no server in it' }
  if (verdict.problems.length > 0) return { problem: verdict.problems[0] }
  return { value: quorumVerifier({ servers, groups, weights, version }) }
}

type Entry =
  | { readonly type: 'server'; readonly server: EnsembleServer }
  | { readonly type: 'group'; readonly group: number; readonly ids: readonly ServerId[] }
  | { readonly type: 'weight'; readonly id: ServerId; readonly weight: number }
  | { readonly type: 'version'; readonly version: number }

function readEntry(key: string, value: string): Parsed<Entry> {
  if (key === 'version') {
    const version = /^[0-9a-f]{1,16}$/i.test(value) ? Number.parseInt(value, 16) : Number.NaN
    if (Number.isSafeInteger(version)) return { value: { type: 'version', version } }
    return { problem: `found "${value}", expected a zxid below 2^53 in hexadecimal` }
  }
  const [, kind, idText] = /^(server|group|weight)\.(\d{1,9})$/.exec(key) ?? []
  if (kind === undefined) return { problem: 'expected only server.N, group.N, weight.N and version' }
  const id = Number(idText)
  if (kind === 'server') {
    const server = parseServer(id, value, true)
    return server.problem === undefined ? { value: { type: 'server', server: server.value } } : server
  }
  if (kind === 'group') {
    const ids = parseGroup(value)
    return ids.problem === undefined ? { value: { type: 'group', group: id, ids: ids.value } } : ids
  }
  if (!/^\d{1,9}$/.test(value)) return { problem: `found "${value}", expected a whole number` }
  return { value: { type: 'weight', id, weight: Number(value) } }
}
