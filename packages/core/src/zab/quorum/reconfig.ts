/**
 * What a reconfiguration makes of the present configuration (Apache: the reconfig case of PrepRequestProcessor).
 *
 * Left to the leader: whether reconfiguration is enabled at all (ReconfigDisabled), whether one is under way
 * (ReconfigInProgress), whether a quorum of the new configuration is connected and in step (NewConfigNoQuorum), and the
 * ACL of /zookeeper/config. Apache asks in that order: disabled, in progress, everything here, quorum, ACL.
 */
import { formatAddress } from '../../auth/ip-address.js'
import { type EnsembleServer, judgeEnsemble, parseServer } from '../../config/ensemble.js'
import { readMembers, wholeNumber } from '../../config/members.js'
import { KeeperCode } from '../../jute/codes.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import { type QuorumVerifier, quorumVerifier } from './verifier.js'

/** The request as a client sends it (ReconfigRequest). */
export interface ReconfigChange {
  /** `server.4=host:2888:3888:participant;2181`, parted by commas: added, or put in the place of their ids. */
  readonly joiningServers: string | null
  /** Ids parted by commas; those that are not there are passed over. They leave before others join. */
  readonly leavingServers: string | null
  /** The whole new list, parted by commas or lines; decides alone, if it is not null. */
  readonly newMembers: string | null
  /** The version that the client has seen; -1 for whatever it is. */
  readonly curConfigId: number
}

/** What a reconfiguration is judged by, beside the servers themselves. */
export interface ReconfigRules {
  /** With it, fewer than two voters would be a standalone server, which cannot be reconfigured. */
  readonly standaloneEnabled: boolean
  /** Whether a server may have several addresses (multiAddress.enabled). Default false. */
  readonly multiAddress?: boolean
}

/** The new configuration, or a {@link KeeperCode} and, for the log, why. */
export type ReconfigOutcome =
  | { readonly verifier: QuorumVerifier; readonly refusal?: undefined }
  | { readonly refusal: number; readonly reason: string }

/** @param zxid The zxid of the transaction, which becomes the version. */
export function reconfigure(
  current: QuorumVerifier,
  change: ReconfigChange,
  zxid: Zxid,
  rules: ReconfigRules,
): ReconfigOutcome {
  const { curConfigId, newMembers } = change
  if (curConfigId !== -1 && curConfigId !== current.version) {
    const hex = (version: number) => version.toString(16)
    return refuse(KeeperCode.BadVersion, `expected version ${hex(curConfigId)}, the last is ${hex(current.version)}`)
  }
  const outcome = newMembers === null ? incremental(current, change, zxid, rules) : replaced(newMembers, zxid, rules)
  if (outcome.refusal !== undefined) return outcome
  const least = rules.standaloneEnabled ? 2 : 1
  const voters = outcome.verifier.voters.size
  if (voters >= least) return outcome
  return refuse(KeeperCode.BadArguments, `the new configuration has ${voters} voting servers, at least ${least} needed`)
}

function replaced(newMembers: string, zxid: Zxid, { standaloneEnabled, multiAddress }: ReconfigRules): ReconfigOutcome {
  const read = readMembers(newMembers.replaceAll(',', '\n'), multiAddress ?? false)
  if (read.problem !== undefined) return refuse(read.notANumber ? MALFORMED : KeeperCode.BadArguments, read.problem)
  const { members } = read
  const verifier = quorumVerifier({ ...members, version: zxid })
  const [problem] = judgeEnsemble(members, standaloneEnabled).problems
  if (problem === undefined) return { verifier }
  const strangers = [...members.groups.values()].flat().some(id => !members.servers.has(id))
  return refuse(strangers || verifier.voters.size < 2 ? MALFORMED : KeeperCode.BadArguments, problem)
}

/** Where an exception ends Apache's attempt that it does not count among the wrong arguments, this is the answer. */
const MALFORMED = KeeperCode.MarshallingError

function incremental(
  current: QuorumVerifier,
  { joiningServers, leavingServers }: ReconfigChange,
  zxid: Zxid,
  { multiAddress }: ReconfigRules,
): ReconfigOutcome {
  if (current.kind !== 'majority') {
    return refuse(KeeperCode.BadArguments, 'with groups or weights, only a whole new list can be given')
  }
  const servers = new Map(current.servers)
  for (const text of parts(leavingServers, ',')) {
    const id = wholeNumber(text.replace(/^-/, ''))
    if (id === undefined) return refuse(MALFORMED, `"${text}" is to leave, expected the id of a server`)
    if (!text.startsWith('-')) servers.delete(id)
  }
  for (const text of parts(joiningServers, ',')) {
    const joining = parseJoining(text, multiAddress ?? false)
    if ('refusal' in joining) return joining
    const clash = findClash(joining, servers)
    if (clash !== undefined) return refuse(KeeperCode.BadArguments, clash)
    // Behind the others, as a server that comes anew.
    servers.delete(joining.id)
    servers.set(joining.id, joining)
  }
  return { verifier: quorumVerifier({ servers, version: zxid }) }
}

function parseJoining(text: string, multiAddress: boolean): EnsembleServer | Refusal {
  const [key = '', value = '', ...rest] = parts(text, '=')
  if (value === '' || rest.length > 0) {
    return refuse(KeeperCode.BadArguments, `"${text}" is to join, expected server.N=host:port:port;clientPort`)
  }
  const id = wholeNumber(key.slice(key.lastIndexOf('.') + 1))
  if (id === undefined) return refuse(MALFORMED, `"${key}" is to join, expected server. and the id of a server`)
  const server = parseServer(id, value, multiAddress)
  if (server.problem !== undefined) return refuse(KeeperCode.BadArguments, server.problem)
  if (server.value.client !== undefined) return server.value
  return refuse(KeeperCode.BadArguments, `server ${id} is to join, expected its client port too`)
}

/**
 * Two servers at one place. Loopback and wildcard addresses may repeat: they mean another host for each. Apache compares
 * what names resolve to; the kernel resolves nothing, so it compares names, and takes a name and its address for two.
 */
function findClash(joining: EnsembleServer, servers: ReadonlyMap<ServerId, EnsembleServer>): string | undefined {
  const mine = new Set(places(joining))
  for (const other of servers.values()) {
    if (other.id === joining.id) continue
    const shared = places(other).find(place => mine.has(place))
    if (shared !== undefined) return `server ${joining.id} is to join at ${shared}, where server ${other.id} is`
  }
  return undefined
}

function places({ addresses, client }: EnsembleServer): string[] {
  const all = addresses.flatMap(({ host, quorumPort, electionPort }) => [
    { host, port: quorumPort },
    { host, port: electionPort },
  ])
  if (client !== undefined) all.push(client)
  return all
    .map(({ host, port }) => ({ host: formatAddress(host).toLowerCase(), port }))
    .filter(({ host }) => !/^(localhost|127\..*|0\.0\.0\.0|0:0:0:0:0:0:0:[01])$/.test(host))
    .map(({ host, port }) => `${host}:${port}`)
}

/** Trimmed parts, empty ones left out. */
function parts(text: string | null, separator: string): string[] {
  return (text ?? '')
    .split(separator)
    .map(part => part.trim())
    .filter(part => part !== '')
}

type Refusal = Extract<ReconfigOutcome, { readonly refusal: number }>

function refuse(refusal: number, reason: string): Refusal {
  return { refusal, reason }
}
