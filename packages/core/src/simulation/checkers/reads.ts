/** Every read shows the tree as it was right after one transaction: the one that its reply names. */
import { KeeperCode } from '../../jute/codes.js'
import {
  type History,
  type ModelZnode,
  type Operation,
  shownCversion,
  VersionedTree,
  type Violation,
} from '../history/index.js'
import { hex, show } from './show.js'

const PROPERTY = 'reads show a committed state'

/** Whether every read shows one committed state, that of the zxid in its reply. */
export function checkReads(history: History, tree = new VersionedTree(history.commits)): Violation[] {
  const violations: Violation[] = []
  for (const read of history.operations) {
    const { reply, request } = read
    if (reply === null || reply.code === KeeperCode.SessionExpired) continue
    if (request.kind !== 'getData' && request.kind !== 'exists' && request.kind !== 'getChildren') continue
    const difference = compare(read, tree.at(request.path, reply.zxid))
    if (difference !== null) violations.push({ property: PROPERTY, message: `${difference}: ${show(read)}` })
  }
  return violations
}

function compare(read: Operation, znode: ModelZnode | null): string | null {
  const reply = read.reply!
  if (znode === null) {
    return reply.code === KeeperCode.NoNode ? null : `code ${reply.code} for a znode that was not there`
  }
  if (reply.code !== KeeperCode.Ok) return `code ${reply.code} for a znode that was there`
  const stat = reply.stat!
  const pairs: [what: string, found: unknown, expected: unknown][] = [
    ['version', stat.version, znode.version],
    ['czxid', stat.czxid, znode.czxid],
    ['mzxid', stat.mzxid, znode.mzxid],
    ['pzxid', stat.pzxid, znode.pzxid],
    ['cversion', stat.cversion, shownCversion(znode)],
    ['number of children', stat.numChildren, znode.children.length],
    ['owner', stat.ephemeralOwner, znode.owner],
  ]
  if (reply.data !== undefined) pairs.push(['data', reply.data, znode.data])
  if (reply.children !== undefined) pairs.push(['children', reply.children.join(), znode.children.join()])
  for (const [what, found, expected] of pairs) {
    if (found !== expected) return `${what} ${print(found)} where the state at that zxid has ${print(expected)}`
  }
  return null
}

function print(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? hex(value) : JSON.stringify(value)
}
