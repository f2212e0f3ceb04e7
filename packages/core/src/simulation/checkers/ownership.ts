/**
 * Each session is one client's, at the server where its client is: SessionMoved is for requests by way of a server that
 * the client has left, or seems to have left, for another one. Who stays never hears it.
 */
import { KeeperCode, OpCode } from '../../jute/codes.js'
import type { Txn } from '../../tree/txn.js'
import {
  type History,
  isWrite,
  type Moment,
  type Operation,
  OperationsByXid,
  type Violation,
} from '../history/index.js'
import { hex, show } from './show.js'

const PROPERTY = 'a session is with its client'
/**
 * A server that has not noticed that the client has left may take the session back, when it gets another leader. It is
 * not there again and again just as the client comes.
 */
const REFUSED_IN_A_ROW_MAX = 2

/**
 * Whether no two clients were given one session, whether each client that was refused by SessionMoved had said to
 * another server that the session is its own, and whether it can write where it has come to. Refusals that nobody waited
 * for any more are judged as well.
 */
export function checkOwnership(history: History): Violation[] {
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  checkOpened(history, fail)
  checkMoved(history, fail)
  checkArrivals(history, fail)
  return violations
}

function checkOpened({ sessions }: History, fail: (message: string) => void): void {
  const owners = new Map<bigint, string>()
  for (const { session, client, change, server } of sessions) {
    if (change !== 'opened') continue
    const owner = owners.get(session)
    if (owner !== undefined) fail(`server ${server} gave ${client} session ${hex(session)}, which is that of ${owner}`)
    owners.set(session, client)
  }
}

function checkMoved(history: History, fail: (message: string) => void): void {
  const visits = visitsOf(history)
  const refused = new Map<Operation, Moment>()
  for (const operation of history.operations)
    if (operation.reply?.code === KeeperCode.SessionMoved) refused.set(operation, operation.endedAt)
  const asked = new OperationsByXid(history.operations)
  for (const { session, cxid, txn, at } of history.commits) {
    const operation = isMoved(txn) ? asked.of(session, cxid) : undefined
    if (operation !== undefined) refused.set(operation, at)
  }
  for (const [operation, at] of refused) {
    const { session, client, server } = operation
    const ofSession = visits.get(session) ?? []
    if (!ofSession.some(visit => visit.client === client && visit.server !== server && visit.at < at))
      fail(`SessionMoved, and the client had been at server ${server} only: ${show(operation)}`)
  }
}

/** A client that comes to a server with its session can write there: it is not refused on one connection after another. */
function checkArrivals({ operations }: History, fail: (message: string) => void): void {
  const refused = new Map<bigint, Set<number>>()
  const answered = operations.filter(({ request, reply }) => isWrite(request) && reply !== null)
  for (const operation of answered.sort((a, b) => a.endedAt - b.endedAt)) {
    const { session, connection, reply } = operation
    if (reply!.code !== KeeperCode.SessionMoved) {
      refused.delete(session)
      continue
    }
    const connections = (refused.get(session) ?? new Set()).add(connection)
    refused.set(session, connections)
    if (connections.size !== REFUSED_IN_A_ROW_MAX + 1) continue
    fail(`SessionMoved on ${connections.size} connections in a row, and no other answer between: ${show(operation)}`)
  }
}

interface Visit {
  readonly client: string
  readonly server: number
  readonly at: Moment
}

/** Where clients got sessions, and where they said that these are their own, whatever the answer was. */
function visitsOf({ sessions }: History): ReadonlyMap<bigint, readonly Visit[]> {
  const visits = new Map<bigint, Visit[]>()
  for (const entry of sessions) {
    if (entry.change !== 'opened' && entry.change !== 'asked') continue
    const ofSession = visits.get(entry.session)
    if (ofSession === undefined) visits.set(entry.session, [entry])
    else ofSession.push(entry)
  }
  return visits
}

function isMoved(txn: Txn): boolean {
  return txn.type === OpCode.error && txn.code === KeeperCode.SessionMoved
}
