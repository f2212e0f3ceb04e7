/** The members of an ensemble out of the text of their configuration (Apache: QuorumPeerConfig.parseDynamicConfig). */

import type { ServerId } from '../seams/peer-transport.js'
import { type EnsembleServer, judgeEnsemble, type Parsed, parseGroup, parseServer } from './ensemble.js'
import { readProperties } from './properties.js'

/** The lines of a configuration, held against Apache's rules for an ensemble; without a version it is 0. */
export function parseEnsemble(text: string): Parsed<Members> {
  const read = readMembers(text, true)
  if (read.problem !== undefined) return { problem: read.problem }
  if (read.members.servers.size === 0) return { problem: 'it lists no server' }
  // As if standaloneEnabled=false: a single voting server, with or without observers, is an ensemble too.
  const [problem] = judgeEnsemble(read.members, false).problems
  return problem === undefined ? { value: read.members } : { problem }
}

/** The lines of a configuration, each checked by itself. */
export interface Members {
  readonly servers: ReadonlyMap<ServerId, EnsembleServer>
  readonly groups: ReadonlyMap<number, readonly ServerId[]>
  readonly weights: ReadonlyMap<ServerId, number>
  readonly version: number
}

export interface BadLine {
  readonly problem: string
  /** Something that is no number stands where an id, a weight or a version belongs. */
  readonly notANumber: boolean
}

export type MembersReading = { readonly members: Members; readonly problem?: undefined } | BadLine

/** A later line of the same key replaces an earlier one, as in Java's Properties. */
export function readMembers(text: string, multiAddress: boolean): MembersReading {
  const servers = new Map<ServerId, EnsembleServer>()
  const groups = new Map<number, readonly ServerId[]>()
  const weights = new Map<ServerId, number>()
  let version = 0
  const { entries, problems } = readProperties(text)
  if (problems.length > 0) return wrong(`line ${problems[0].line}: ${problems[0].message}`)
  for (const { key, value, line } of entries) {
    const entry = readEntry(key.trim(), value.trim(), multiAddress)
    if ('problem' in entry) return { ...entry, problem: `line ${line}: ${key}: ${entry.problem}` }
    if (entry.type === 'server') servers.set(entry.server.id, entry.server)
    else if (entry.type === 'group') groups.set(entry.group, entry.ids)
    else if (entry.type === 'weight') weights.set(entry.id, entry.weight)
    else version = entry.version
  }
  return { members: { servers, groups, weights, version } }
}

type Entry =
  | { readonly type: 'server'; readonly server: EnsembleServer }
  | { readonly type: 'group'; readonly group: number; readonly ids: readonly ServerId[] }
  | { readonly type: 'weight'; readonly id: ServerId; readonly weight: number }
  | { readonly type: 'version'; readonly version: number }

function readEntry(key: string, value: string, multiAddress: boolean): Entry | BadLine {
  if (key === 'version') {
    const version = /^[0-9a-f]{1,16}$/i.test(value) ? Number.parseInt(value, 16) : Number.NaN
    if (Number.isSafeInteger(version)) return { type: 'version', version }
    return wrong(`found "${value}", expected a zxid below 2^53 in hexadecimal`, true)
  }
  const [, kind, idText] = /^(server|group|weight)\.(.*)$/.exec(key) ?? []
  if (kind === undefined) return wrong('expected only server.N, group.N, weight.N and version')
  const id = wholeNumber(idText)
  if (id === undefined) return wrong(`found "${idText}", expected a whole number`, true)
  if (kind === 'server') {
    const server = parseServer(id, value, multiAddress)
    return server.problem === undefined ? { type: 'server', server: server.value } : wrong(server.problem)
  }
  if (kind === 'group') {
    const ids = parseGroup(value)
    return ids.problem === undefined ? { type: 'group', group: id, ids: ids.value } : wrong(ids.problem, true)
  }
  const weight = wholeNumber(value)
  return weight === undefined
    ? wrong(`found "${value}", expected a whole number`, true)
    : { type: 'weight', id, weight }
}

/** An id or a weight; undefined for anything else. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function wrong(problem: string, notANumber = false): BadLine {
  return { problem, notANumber }
}
