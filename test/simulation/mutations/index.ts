import type { ReconfigsIn } from '@menagerie/core/simulation'
import type { Bug } from '../runner.js'
import { connectionMutations } from './connections.js'
import { ensembleMutations } from './ensemble.js'
import { reconfigurationMutations } from './reconfigurations.js'
import { sessionMutations } from './sessions.js'
import { storageMutations } from './storage.js'
import { timeAndTreeMutations } from './time-and-tree.js'
import { watchMutations } from './watches.js'

/** A deliberate bug, and within how many seeds, counted from 1, the simulation has to find it. */
export interface ExpectedMutation extends Bug {
  readonly seedsMax: number
  /** In an ensemble of so many servers, each of which has the bug; 1 unless given. */
  readonly servers?: number
  /** Besides, without a vote. */
  readonly observers?: number
  /** Seeds in which the ensemble is reconfigured; none unless given. */
  readonly reconfigs?: ReconfigsIn
  /** The promise that it is found to break; any one unless given. */
  readonly property?: string
}

export const mutations: readonly ExpectedMutation[] = [
  ...storageMutations,
  ...watchMutations,
  ...connectionMutations,
  ...sessionMutations,
  ...timeAndTreeMutations,
  ...ensembleMutations,
  ...reconfigurationMutations,
]
