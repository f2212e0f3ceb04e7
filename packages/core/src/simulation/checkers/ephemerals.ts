/** Ephemerals are gone if and only if their session is, and a session ends by its client's will or its silence only. */
import { OpCode } from '../../jute/codes.js'
import type { Txn } from '../../tree/txn.js'
import { type Commit, type History, VersionedTree, type Violation } from '../history/index.js'
import { hex } from './show.js'

const PROPERTY = 'ephemerals are gone if and only if their session is'
/** How much of a session timeout a server's clock may be off by before an expiry counts as early. */
const CLOCK_TOLERANCE = 0.1

/**
 * @param contactLagMs For how long a client may have been answered by a server without the leader's knowledge: such a
 * server gives up after that, and its clients learn that they are disconnected.
 */
export function checkEphemerals(
  history: History,
  tree = new VersionedTree(history.commits),
  contactLagMs = 0,
): Violation[] {
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  checkEnds(history, fail)
  checkExpiries(history, contactLagMs, fail)
  checkSurvivors(history, tree, fail)
  return violations
}

/** A session's transactions lie between its beginning and its end, and its end takes all its ephemerals along. */
function checkEnds(history: History, fail: (message: string) => void): void {
  const ended = new Map<bigint, Commit>()
  const live = new VersionedTree([])
  for (const commit of history.commits) {
    const { session, zxid, txn } = commit
    const end = ended.get(session)
    if (end !== undefined && txn.type !== OpCode.closeSession && !isRefusal(txn))
      fail(`transaction ${hex(zxid)} of session ${hex(session)} behind its end at ${hex(end.zxid)}`)
    if (txn.type === OpCode.closeSession && end === undefined) {
      ended.set(session, commit)
      const owned = [...live.ephemeralsOf(session)].sort()
      const removed = [...(txn.paths ?? owned)].sort()
      if (owned.join() !== removed.join())
        fail(`the end of session ${hex(session)} at ${hex(zxid)} removes [${removed}], and it owned [${owned}]`)
    }
    live.apply(commit)
  }
  for (const { session, change, at } of history.sessions) {
    const end = ended.get(session)
    // Told as soon as the end is proposed, as Apache does: it may be committed later.
    if (change === 'expired' && end === undefined)
      fail(`a client was told that session ${hex(session)} is no more, which no transaction ended`)
    if (change === 'attached' && end !== undefined && end.at < at - 1 && wasOver(history, session, end, at))
      fail(`a client got session ${hex(session)} back after its end at ${hex(end.zxid)}`)
  }
}

/** A transaction that changes nothing: a refused request, or a multi with a refused part. */
function isRefusal(txn: Txn): boolean {
  return txn.type === OpCode.error || (txn.type === OpCode.multi && txn.txns.some(({ type }) => type === OpCode.error))
}

/** Whether the session had ended already when the client asked for it: it may end while the answer is under way. */
function wasOver(history: History, session: bigint, end: Commit, attachedAt: number): boolean {
  return history.operations.some(
    ({ session: other, beganAt, reply }) =>
      other === session && beganAt > attachedAt && reply?.code === 0 && reply.zxid > end.zxid,
  )
}

/** A session that its client has not closed ends only after a timeout of silence. */
function checkExpiries(history: History, contactLagMs: number, fail: (message: string) => void): void {
  const closed = new Set<bigint>()
  const contactUs = new Map<bigint, [atUs: number, endedAtUs: number][]>()
  for (const { session, request, reply, beganUs, endedUs } of history.operations) {
    if (request.kind === 'close') closed.add(session)
    if (reply === null) continue
    const contacts = contactUs.get(session)
    if (contacts === undefined) contactUs.set(session, [[beganUs, endedUs]])
    else contacts.push([beganUs, endedUs])
  }
  const timeoutMs = new Map(history.sessions.map(({ session, timeoutMs }) => [session, timeoutMs]))
  const ended = new Set<bigint>()
  for (const { session, txn, zxid, atUs } of history.commits) {
    if (txn.type !== OpCode.closeSession || ended.has(session)) continue
    ended.add(session)
    const timeout = timeoutMs.get(session)
    if (closed.has(session) || timeout === undefined) continue
    const contacts = (contactUs.get(session) ?? []).filter(([, endedUs]) => endedUs <= atUs).map(([beganUs]) => beganUs)
    const last = Math.max(0, ...contacts)
    // A server that is cut off answers for a while what its leader does not hear of.
    const known = Math.max(0, ...contacts.filter(beganUs => beganUs <= last - contactLagMs * 1000))
    const silentMs = (atUs - known) / 1000
    if (silentMs < timeout * (1 - CLOCK_TOLERANCE))
      fail(
        `session ${hex(session)} expired at ${hex(zxid)} after ${silentMs.toFixed(0)} ms of silence; its timeout is ${timeout} ms`,
      )
  }
}

/** At the end there are the sessions that clients hold, and no ephemerals of others. */
function checkSurvivors(history: History, tree: VersionedTree, fail: (message: string) => void): void {
  for (const session of tree.sessions) {
    if (!history.held.has(session))
      fail(`session ${hex(session)} is still there, and its client has been gone for long`)
  }
  for (const session of history.held) {
    if (!tree.sessions.has(session)) fail(`a client holds session ${hex(session)}, which is no more`)
  }
  for (const { server, znodes } of history.finals) {
    for (const [path, { owner }] of znodes) {
      if (owner > 0n && !tree.sessions.has(owner))
        fail(`server ${server} still has ${path} of session ${hex(owner)}, which is no more`)
    }
  }
}
