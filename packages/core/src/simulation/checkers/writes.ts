/**
 * Writes are linearizable, by the order that their zxids give: each has the effect and the answer that it has in
 * this order, and the order agrees with real time.
 */
import { KeeperCode } from '../../jute/codes.js'
import type { Zxid } from '../../zxid.js'
import {
  type Commit,
  CommitsByRequest,
  type History,
  isWrite,
  type Operation,
  OperationsByXid,
  VersionedTree,
  type Violation,
} from '../history/index.js'
import { expectedOutcome } from './expected-outcome.js'
import { hex, show } from './show.js'

const PROPERTY = 'writes are linearizable'

/** Whether acknowledged writes took effect between request and reply, in one order for all. */
export function checkWrites(history: History, tree = new VersionedTree(history.commits)): Violation[] {
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  const byZxid = new Map(history.commits.map(commit => [commit.zxid, commit]))
  const writes = history.operations.filter(({ request }) => isWrite(request))
  for (const write of writes) if (write.reply !== null) checkAnswer(write, byZxid, tree, fail)
  checkRealTime(writes, fail)
  checkOrigins(writes, history.commits, fail)
  return violations
}

function checkAnswer(
  write: Operation,
  byZxid: ReadonlyMap<Zxid, Commit>,
  tree: VersionedTree,
  fail: (message: string) => void,
): void {
  const reply = write.reply!
  if (reply.code === KeeperCode.SessionExpired || reply.code === KeeperCode.SessionMoved) return
  const commit = byZxid.get(reply.zxid)
  if (commit === undefined || commit.session !== write.session || commit.cxid !== write.xid) {
    fail(`answered by a transaction that was not committed for it: ${show(write)}`)
    return
  }
  if (commit.at > write.endedAt) fail(`answered before it was committed: ${show(write)}`)
  // What a reconfiguration comes to has a checker of its own.
  if (!isWrite(write.request) || write.request.kind === 'reconfig') return
  const expected = expectedOutcome(write.request, tree, reply.zxid)
  if (expected.code !== reply.code) {
    fail(`code ${reply.code} where the state before gives ${expected.code}: ${show(write)}`)
    return
  }
  if (expected.path !== undefined && expected.path !== reply.path)
    fail(`created ${reply.path} where the state before gives ${expected.path}: ${show(write)}`)
  if (expected.parts !== undefined && reply.results !== undefined) {
    const codes = reply.results.map(result => result.code)
    const wanted = expected.parts.map(part => part.code)
    if (codes.join() !== wanted.join())
      fail(`parts gave ${codes} where the state before gives ${wanted}: ${show(write)}`)
  }
  checkStat(write, tree, fail)
}

/** The Stat in the reply is that of the znode right after the transaction. */
function checkStat(write: Operation, tree: VersionedTree, fail: (message: string) => void): void {
  const { request, reply } = write
  if (reply?.stat === undefined || (request.kind !== 'create' && request.kind !== 'setData')) return
  const znode = tree.at(reply.path ?? request.path, reply.zxid)
  const { stat } = reply
  if (znode === null || stat.version !== znode.version || stat.mzxid !== znode.mzxid || stat.czxid !== znode.czxid)
    fail(`a Stat of version ${stat.version}, mzxid ${hex(stat.mzxid)}, where the tree has others: ${show(write)}`)
}

/** A write that had been answered before another one was asked for comes first. */
function checkRealTime(writes: readonly Operation[], fail: (message: string) => void): void {
  const answered = writes.filter(({ reply }) => reply !== null)
  const byEnd = [...answered].sort((a, b) => a.endedAt - b.endedAt)
  let latest: Operation | null = null
  let at = 0
  // In the order of asking, which is that of the history.
  for (const write of answered) {
    for (; at < byEnd.length && byEnd[at].endedAt < write.beganAt; at++) {
      if (latest === null || byEnd[at].reply!.zxid > latest.reply!.zxid) latest = byEnd[at]
    }
    if (latest !== null && latest.reply!.zxid >= write.reply!.zxid)
      fail(`${show(write)} comes before what had been answered when it was asked for: ${show(latest)}`)
  }
}

/** Nothing is committed that no client asked for, and nothing twice. */
function checkOrigins(writes: readonly Operation[], commits: readonly Commit[], fail: (message: string) => void): void {
  const asked = new OperationsByXid(writes)
  const seen = new CommitsByRequest()
  for (const commit of commits) {
    const { session, cxid, zxid, at } = commit
    // What a server does by itself has cxid 0.
    if (cxid === 0) continue
    const write = asked.of(session, cxid)
    if (write === undefined)
      fail(`transaction ${hex(zxid)} is of a request that nobody sent (xid ${cxid} of ${hex(session)})`)
    else if (write.beganAt > at) fail(`transaction ${hex(zxid)} came before its request: ${show(write)}`)
    if (seen.of(session, cxid) !== undefined)
      fail(`xid ${cxid} of session ${hex(session)} was committed twice, the second time as ${hex(zxid)}`)
    seen.add(commit)
  }
}
