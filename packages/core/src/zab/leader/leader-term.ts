import { MenagerieError } from '../../errors.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { LeaderOptions } from './leader-options.js'
import type { LearnerHandle } from './learner-handle.js'

/** How far a leader has come: the paper's phases, the first of them in its two halves. */
export type LeaderPhase = 'discovery' | 'epoch-ack' | 'synchronisation' | 'broadcast'

/** One term as leader, as its parts see it. */
export interface LeaderTerm {
  readonly options: LeaderOptions
  phase: LeaderPhase
  /** Nothing of it acts any more. */
  readonly isOver: boolean
  readonly learners: ReadonlySet<LearnerHandle>
  /** Voters that have acknowledged NEWLEADER, this server included. */
  readonly newLeaderAcked: ReadonlySet<ServerId>
  /** Ends the term. */
  stop(reason: Error): void
}

export function protocolError(message: string): MenagerieError {
  return new MenagerieError('ZAB_PROTOCOL', message)
}
