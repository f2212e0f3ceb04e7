/**
 * No watch is lost: its event comes before any reply that shows the change, and a change that happened while the
 * client was away is told when it sets its watches again.
 */
import {
  type History,
  type Operation,
  type SessionEntry,
  VersionedTree,
  type Violation,
  type WatchEvent,
} from '../history/index.js'
import { ArmedWatches } from './armed-watches.js'
import { hex } from './show.js'
import { WatchTriggers } from './watch-triggers.js'

const PROPERTY = 'no watch is lost'

type Entry =
  | { readonly at: number; readonly operation: Operation }
  | { readonly at: number; readonly event: WatchEvent }
  | { readonly at: number; readonly session: SessionEntry }

/** Whether each watch tells what it has to, once where it is a one-shot, before a reply that shows the change. */
export function checkWatches(history: History, tree = new VersionedTree(history.commits)): Violation[] {
  const violations: Violation[] = []
  const triggers = new WatchTriggers(tree)
  const armed = new Map<bigint, ArmedWatches>()
  const watchesOf = (client: string, session: bigint): ArmedWatches => {
    let watches = armed.get(session)
    if (watches === undefined) {
      watches = new ArmedWatches(tree, triggers, message =>
        violations.push({ property: PROPERTY, message: `${client} (session ${hex(session)}): ${message}` }),
      )
      armed.set(session, watches)
    }
    return watches
  }
  for (const entry of inOrder(history)) {
    if ('operation' in entry) {
      watchesOf(entry.operation.client, entry.operation.session).replied(entry.operation)
    } else if ('event' in entry) {
      watchesOf(entry.event.client, entry.event.session).told(entry.event.type, entry.event.path)
    } else if (entry.session.change === 'attached') {
      watchesOf(entry.session.client, entry.session.session).attached()
    } else if (entry.session.change === 'expired' || entry.session.change === 'closed') {
      watchesOf(entry.session.client, entry.session.session).forget()
    }
  }
  return violations
}

/** What clients saw, in the order in which they saw it. */
function inOrder({ operations, events, sessions }: History): Entry[] {
  const entries: Entry[] = []
  for (const operation of operations) if (operation.reply !== null) entries.push({ at: operation.endedAt, operation })
  for (const event of events) entries.push({ at: event.at, event })
  for (const session of sessions) entries.push({ at: session.at, session })
  return entries.sort((a, b) => a.at - b.at)
}
