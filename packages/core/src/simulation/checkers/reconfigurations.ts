/**
 * Each reconfiguration does what was asked of the configuration right before it, or is refused for a reason that is
 * one; and at the end all servers of the last configuration show it.
 */
import { KeeperCode } from '../../jute/codes.js'
import {
  type FinalTree,
  type History,
  type Operation,
  type ReconfigRequest,
  VersionedTree,
  type Violation,
} from '../history/index.js'
import { CONFIG_PATH } from '../workload/index.js'
import { hex, show } from './show.js'

const PROPERTY = 'reconfigurations do what was asked'

/** Why a leader may refuse at any time: another one is under way, or not enough servers are in step. */
const EXCUSED: ReadonlySet<number> = new Set([KeeperCode.ReconfigInProgress, KeeperCode.NewConfigNoQuorum])
const GONE: ReadonlySet<number> = new Set([KeeperCode.SessionExpired, KeeperCode.SessionMoved])
const VOTERS_MIN = 2

/** Whether each acknowledged reconfiguration follows from the one before it and leaves enough voters. */
export function checkReconfigurations(
  history: History,
  tree = new VersionedTree(history.commits, history.configuration),
): Violation[] {
  if (history.configuration === undefined) return []
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  for (const operation of history.operations) {
    const { request, reply } = operation
    if (request.kind !== 'reconfig' || reply === null || GONE.has(reply.code)) continue
    const why = judge(operation, request, tree)
    if (why !== null) fail(`${why}: ${show(operation)}`)
  }
  for (const final of history.finals) {
    const why = differs(final, tree)
    if (why !== null) fail(why)
  }
  return violations
}

/** What is wrong with the answer; null: nothing. */
function judge({ reply }: Operation, request: ReconfigRequest, tree: VersionedTree): string | null {
  const { zxid, code, data } = reply!
  const before = read(tree.at(CONFIG_PATH, zxid - 1)?.data ?? '')
  if (EXCUSED.has(code)) return null
  const { curConfigId } = request
  const isStale = curConfigId !== -1 && curConfigId !== before.version
  const after = change(before.servers, request)
  const voters = [...after.values()].filter(line => line.includes(':participant')).length
  const expected = isStale ? KeeperCode.BadVersion : voters < VOTERS_MIN ? KeeperCode.BadArguments : KeeperCode.Ok
  if (code !== expected) return `code ${code} where the configuration before, ${hex(before.version)}, gives ${expected}`
  if (code !== KeeperCode.Ok) return null
  const shown = read(data ?? '')
  if (data !== tree.at(CONFIG_PATH, zxid)?.data) return 'the answer is not the configuration right behind it'
  if (shown.version !== zxid) return `the new configuration has the version ${hex(shown.version)}`
  const [is, ought] = [shown.servers, after].map(servers => [...servers.values()].sort().join())
  return is === ought ? null : `the new configuration is ${is} and should be ${ought}`
}

function differs({ server, zxid, znodes }: FinalTree, tree: VersionedTree): string | null {
  const [shown, committed] = [znodes.get(CONFIG_PATH), tree.at(CONFIG_PATH, zxid)]
  if (shown?.data === committed?.data && shown?.mzxid === committed?.mzxid) return null
  return `server ${server} shows the configuration ${JSON.stringify(shown?.data)} at the end, where ${JSON.stringify(committed?.data)} is the last`
}

type Lines = ReadonlyMap<number, string>

function read(text: string): { readonly servers: Lines; readonly version: number } {
  const version = /^version=([0-9a-f]+)$/m.exec(text)?.[1] ?? '0'
  return { servers: serversIn(text.split('\n')), version: Number.parseInt(version, 16) }
}

function serversIn(lines: readonly string[]): Lines {
  const servers = new Map<number, string>()
  for (const line of lines) {
    const id = /^server\.(\d+)=/.exec(line)?.[1]
    if (id !== undefined) servers.set(Number(id), line)
  }
  return servers
}

function change(before: Lines, { joiningServers, leavingServers, newMembers }: ReconfigRequest): Lines {
  if (newMembers !== null) return serversIn(newMembers.split(','))
  const leaving = new Set((leavingServers ?? '').split(',').map(Number))
  const rest = [...before].filter(([id]) => !leaving.has(id))
  return new Map([...rest, ...serversIn((joiningServers ?? '').split(','))])
}
