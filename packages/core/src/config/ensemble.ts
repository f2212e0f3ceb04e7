/** The servers of an ensemble as a zoo.cfg or its dynamic file lists them: grammar and rules. */

/** One way to reach a server for other servers. */
export interface ServerAddress {
  readonly host: string
  /** Where a leader takes its followers (Zab). */
  readonly quorumPort: number
  readonly electionPort: number
}

/** A line `server.N=` of the configuration. */
export interface EnsembleServer {
  readonly id: number
  /** More than one only with multiAddress.enabled. */
  readonly addresses: readonly ServerAddress[]
  readonly role: 'participant' | 'observer'
  /** Where it takes clients, if the list says so. */
  readonly client?: { readonly host: string; readonly port: number }
}

/** SASL DIGEST-MD5 between servers. */
export interface QuorumSasl {
  readonly serverRequire: boolean
  readonly learnerRequire: boolean
  /** Users and passwords of servers that dial this one. */
  readonly users: Readonly<Record<string, string>>
  /** Who this one is to those that it dials. */
  readonly username?: string
  readonly password?: string
}

/** The ensemble as the configuration of one of its servers describes it. */
export interface EnsembleConfig {
  readonly servers: ReadonlyMap<number, EnsembleServer>
  /** Group to the ids of its servers; empty: a plain majority decides. */
  readonly groups: ReadonlyMap<number, readonly number[]>
  /** Weight of a server in its group; 1 unless given. */
  readonly weights: ReadonlyMap<number, number>
  /** Version of the list, hexadecimal as in the dynamic file's name. */
  readonly version: string
  /** The text of a configuration that was logged, but not known to be committed, when the server stopped. */
  readonly next?: string
  /** This server's id, from the file `myid`. */
  readonly myId?: number
  /** Needs other servers. One voting server alone runs standalone, if standaloneEnabled. */
  readonly distributed: boolean
  /** How servers prove to each other who they are (quorum.auth.enableSasl). */
  readonly sasl?: QuorumSasl
  /** The checked values of the ensemble's other keys, by key. */
  readonly options: ReadonlyMap<string, unknown>
}

/** A value or why there is none. */
export type Parsed<T> = { readonly value: T; readonly problem?: undefined } | { readonly problem: string }

const grammar = 'host:quorumPort:electionPort[:participant|observer][;[address:]clientPort]'

/** Reads the value of `server.N`. */
export function parseServer(id: number, text: string, multiAddress: boolean): Parsed<EnsembleServer> {
  const [serverText = '', clientText, ...rest] = text.split(';')
  if (rest.length > 0) return { problem: `found "${text}", expected ${grammar}: more than one ;` }
  const parts = serverText.split('|')
  if (parts.length > 1 && !multiAddress) {
    return { problem: `found ${parts.length} addresses, expected one unless multiAddress.enabled=true` }
  }
  const addresses: ServerAddress[] = []
  const roles = new Set<EnsembleServer['role']>()
  for (const part of parts) {
    const address = parseAddress(part)
    if (address.problem !== undefined) return { problem: `${address.problem}, expected ${grammar}` }
    addresses.push(address.value)
    if (address.value.role) roles.add(address.value.role)
  }
  if (roles.size > 1) return { problem: 'its addresses have different roles, expected the same role for all' }
  const [role = 'participant'] = roles
  const plain = addresses.map(({ host, quorumPort, electionPort }) => ({ host, quorumPort, electionPort }))
  if (clientText === undefined || clientText === '') return { value: { id, addresses: plain, role } }
  const client = parseClient(clientText)
  if (client.problem !== undefined) return { problem: `${client.problem}, expected ${grammar}` }
  return { value: { id, addresses: plain, role, client: client.value } }
}

function parseAddress(text: string): Parsed<ServerAddress & { role?: EnsembleServer['role'] }> {
  const parts = splitHost(text)
  if (parts === undefined || parts.length < 3 || parts.length > 4) return { problem: `found "${text}"` }
  const [host = '', quorumText = '', electionText = '', roleText] = parts
  if (host === '') return { problem: `found no host in "${text}"` }
  const quorumPort = parsePort(quorumText)
  const electionPort = parsePort(electionText)
  if (quorumPort === undefined) return { problem: `found "${quorumText}" as quorum port` }
  if (electionPort === undefined) return { problem: `found "${electionText}" as election port` }
  if (quorumPort === electionPort) return { problem: `found ${quorumPort} as quorum port and as election port` }
  const role = roleText?.trim().toLowerCase()
  if (role !== undefined && role !== 'participant' && role !== 'observer') {
    return { problem: `found "${roleText}" as role` }
  }
  return { value: { host, quorumPort, electionPort, role } }
}

function parseClient(text: string): Parsed<{ host: string; port: number }> {
  const parts = splitHost(text)
  const port = parsePort(parts?.at(-1) ?? '')
  if (parts === undefined || parts.length > 2 || port === undefined) return { problem: `found "${text}" for clients` }
  return { value: { host: parts.length === 2 ? parts[0]! : '0.0.0.0', port } }
}

/** Cuts at colons; a host in brackets (IPv6) is one part, without them. */
function splitHost(text: string): string[] | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('[')) return trimmed.split(':')
  const end = trimmed.indexOf(']')
  const rest = trimmed.slice(end + 1)
  if (end < 0 || (rest !== '' && rest[0] !== ':')) return undefined
  return [trimmed.slice(1, end), ...(rest === '' ? [] : rest.slice(1).split(':'))]
}

function parsePort(text: string): number | undefined {
  const trimmed = text.trim()
  return /^\d{1,5}$/.test(trimmed) && Number(trimmed) <= 65535 ? Number(trimmed) : undefined
}

/** Reads the value of `group.N`: ids parted by colons. */
export function parseGroup(text: string): Parsed<readonly number[]> {
  const ids = text.split(':').map(part => part.trim())
  const wrong = ids.find(id => !/^\d{1,9}$/.test(id))
  if (wrong !== undefined) return { problem: `found "${wrong}", expected ids of servers parted by colons` }
  return { value: ids.map(Number) }
}

export interface Verdict {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  readonly distributed: boolean
}

/** Holds a list of servers against Apache's rules. */
export function judgeEnsemble(
  { servers, groups, weights }: Pick<EnsembleConfig, 'servers' | 'groups' | 'weights'>,
  standaloneEnabled: boolean,
): Verdict {
  const problems: string[] = []
  const warnings: string[] = []
  const voters = [...servers.values()].filter(server => server.role === 'participant')
  const observers = servers.size - voters.length
  if (voters.length === 0) {
    if (!standaloneEnabled) problems.push('standaloneEnabled=false needs at least one voting server')
    else if (observers > 0) problems.push('there are observers but no voting server')
  } else if (voters.length === 1 && standaloneEnabled) {
    if (observers > 0) problems.push('there are observers but only one voting server')
  } else if (voters.length <= 2) {
    const who = voters.length === 1 ? '1 voting server tolerates' : '2 voting servers tolerate'
    warnings.push(`${who} no failure: three are needed for that`)
  } else if (voters.length % 2 === 0) {
    warnings.push(`${voters.length} voting servers tolerate no more failures than ${voters.length - 1}`)
  }
  if (groups.size > 0 || weights.size > 0) problems.push(...judgeGroups(voters, servers, groups))
  return { problems, warnings, distributed: !standaloneEnabled || voters.length > 1 }
}

function judgeGroups(
  voters: readonly EnsembleServer[],
  servers: EnsembleConfig['servers'],
  groups: EnsembleConfig['groups'],
): string[] {
  const problems: string[] = []
  const groupOf = new Map<number, number>()
  for (const [group, ids] of groups) {
    for (const id of ids) {
      if (!servers.has(id)) problems.push(`group.${group} names server ${id}, which is not listed`)
      if (groupOf.has(id)) problems.push(`server ${id} is in group.${groupOf.get(id)} and in group.${group}`)
      groupOf.set(id, group)
    }
  }
  for (const { id } of voters) {
    if (!groupOf.has(id)) problems.push(`server ${id} is in no group: with group.N or weight.N every voting server is`)
  }
  return problems
}
