/**
 * What one session may rely on, whichever servers it moves between: its requests take effect in the order in which
 * it sent them, and its view never goes back.
 */
import { KeeperCode, OpCode } from '../../jute/codes.js'
import {
  type Commit,
  CommitsByRequest,
  type History,
  isWrite,
  type Operation,
  type Violation,
} from '../history/index.js'
import { hex, show } from './show.js'

const PROPERTY = 'each session is FIFO and its zxids rise'

/** Whether the replies of each session come in the order of its requests, with zxids that never fall. */
export function checkSessions(history: History): Violation[] {
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  checkView(history.operations, fail)
  const committed = new CommitsByRequest()
  const lastCxid = new Map<bigint, Commit>()
  for (const commit of history.commits) {
    if (commit.cxid === 0) continue
    committed.add(commit)
    // What a session's former server still had under way is refused, and changes nothing.
    if (commit.txn.type === OpCode.error && TOO_LATE.has(commit.txn.code)) continue
    const last = lastCxid.get(commit.session)
    if (last !== undefined && last.cxid >= commit.cxid)
      fail(
        `session ${hex(commit.session)}: xid ${commit.cxid} (${hex(commit.zxid)}) was committed behind xid ${last.cxid}`,
      )
    lastCxid.set(commit.session, commit)
  }
  checkPrefixes(history.operations, committed, fail)
  return violations
}

/** Why a leader refuses what comes of a session that is somebody else's by now, or over. */
const TOO_LATE: ReadonlySet<number> = new Set([KeeperCode.SessionMoved, KeeperCode.SessionExpired])

/** Replies of a session show states that never go back, in the order in which they arrive. */
function checkView(operations: readonly Operation[], fail: (message: string) => void): void {
  const last = new Map<bigint, Operation>()
  const byEnd = operations.filter(({ reply }) => reply !== null).sort((a, b) => a.endedAt - b.endedAt)
  const lastOfConnection = new Map<number, Operation>()
  for (const operation of byEnd) {
    const before = last.get(operation.session)
    if (before !== undefined && before.reply!.zxid > operation.reply!.zxid)
      fail(`${show(operation)} shows an older state than the reply before it: ${show(before)}`)
    last.set(operation.session, operation)
    if (operation.xid < 0) continue
    const { connection } = operation
    const ahead = lastOfConnection.get(connection)
    if (ahead !== undefined && ahead.xid > operation.xid)
      fail(`${show(operation)} was answered behind a later request: ${show(ahead)}`)
    lastOfConnection.set(connection, operation)
  }
}

/** Of the writes that were sent on one connection those that took effect are the first ones, without a gap. */
function checkPrefixes(
  operations: readonly Operation[],
  committed: CommitsByRequest,
  fail: (message: string) => void,
): void {
  const missing = new Map<number, Operation>()
  for (const operation of operations) {
    if (!isWrite(operation.request)) continue
    const { connection } = operation
    const commit = committed.of(operation.session, operation.xid)
    const gap = missing.get(connection)
    if (commit === undefined) {
      if (gap === undefined) missing.set(connection, operation)
    } else if (gap !== undefined) {
      fail(`${show(operation)} took effect though an earlier request of its connection did not: ${show(gap)}`)
      missing.delete(connection)
    }
  }
}
