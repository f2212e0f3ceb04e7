import { type History, VersionedTree, type Violation } from '../history/index.js'
import { checkDurability, checkReplicas } from './durability.js'
import { checkEphemerals } from './ephemerals.js'
import { checkRegisters } from './linearizability.js'
import { checkOwnership } from './ownership.js'
import { checkReads } from './reads.js'
import { checkReconfigurations } from './reconfigurations.js'
import { checkSessions } from './sessions.js'
import { checkSyncReads } from './sync-reads.js'
import { checkWatches } from './watches.js'
import { checkWrites } from './writes.js'

export {
  checkDurability,
  checkEphemerals,
  checkOwnership,
  checkReads,
  checkReconfigurations,
  checkRegisters,
  checkReplicas,
  checkSessions,
  checkSyncReads,
  checkWatches,
  checkWrites,
}

/** What the checkers cannot find in the history itself. */
export interface CheckOptions {
  /** Paths for {@link checkRegisters}. */
  readonly registers: readonly string[]
  /** See {@link checkEphemerals}. */
  readonly contactLagMs: number
}

/** Holds a history to everything that clients are promised. */
export function checkHistory(history: History, { registers, contactLagMs }: CheckOptions): Violation[] {
  const tree = new VersionedTree(history.commits, history.configuration)
  return [
    ...checkWrites(history, tree),
    ...checkReads(history, tree),
    ...checkSyncReads(history),
    ...checkSessions(history),
    ...checkOwnership(history),
    ...checkWatches(history, tree),
    ...checkEphemerals(history, tree, contactLagMs),
    ...checkDurability(history, tree),
    ...checkReplicas(history),
    ...checkReconfigurations(history, tree),
    ...checkRegisters(history, registers),
  ]
}
