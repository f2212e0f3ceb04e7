import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { Membership, QuorumVerifier, ReconfigRules } from '../quorum/index.js'
import type { LeaderHost } from './leader-host.js'

export interface LeaderOptions {
  readonly self: ServerId
  readonly membership: Membership
  readonly host: LeaderHost
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  /** Ticks until a quorum has to be in step. */
  readonly initLimit: number
  /** Ticks without a word, or without an ACK, after which a learner is given up. */
  readonly syncLimit: number
  /** Elected by the oracle, without the other of two servers. */
  readonly favoured?: boolean
  readonly rules: ReconfigRules
  readonly reconfigEnabled: boolean
  /** A configuration is logged and on its way. */
  readonly onProposed?: (verifier: QuorumVerifier) => void
  /** A configuration is committed: the one to go by from now on. */
  readonly onActivated?: (verifier: QuorumVerifier) => void
  /** A quorum is in step, and clients are served. */
  readonly onEstablished?: () => void
  /** Committed transactions that are kept for learners that come back (commitLogCount). */
  readonly commitLogCount: number
  readonly tuning?: LeaderTuning
}

/** What zoo.cfg says of a leader, and Apache's defaults without it. */
export interface LeaderTuning {
  /** How long a quorum may take to say which epoch it accepted; undefined: as long as for all the rest. */
  readonly epochTimeoutMs?: number
  readonly concurrentSnapshots?: number
  readonly concurrentLogs?: number
  readonly alwaysSnapshot?: boolean
  readonly snapshotSizeFactor?: number
  /** After so many transactions an epoch is over; {@link COUNTER_MAX} unless a test wants it sooner. */
  readonly counterMax?: number
}
