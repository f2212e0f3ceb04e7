import type { LogFields } from '../../seams/logger.js'
import type { Schedule } from '../faults/index.js'
import type { Violation } from '../history/index.js'
import type { Script } from '../staging/index.js'
import type { Mutation } from './mutation.js'

/** What a run takes from outside of virtual time. */
export interface SimulationEnvironment {
  /** Resolves when every promise that could go on has gone on (`setImmediate` in Node). */
  readonly drain: () => Promise<void>
  readonly mutation?: Mutation
  /** What is done to the ensemble beside the faults of the schedule, which then lasts until the script has ended. */
  readonly script?: Script
  /** Told of everything that servers log, for people who look into a run. */
  readonly log?: (server: number, atMs: number, message: string, fields: LogFields) => void
}

/** How a run went, and what is needed to look at it again. */
export interface SimulationResult {
  readonly schedule: Schedule
  /** None: every promise was kept. */
  readonly violations: readonly Violation[]
  readonly events: number
  readonly operations: number
  readonly commits: number
  readonly simulatedMs: number
  /** Depends on everything that happened: two runs of one schedule give the same. */
  readonly fingerprint: number
}
