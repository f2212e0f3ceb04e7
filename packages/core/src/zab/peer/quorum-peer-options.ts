import type { PendingWrites } from '../../requests/pending-writes.js'
import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerTransport, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { LeaderHost } from '../leader/leader-host.js'
import type { LeaderTuning } from '../leader/leader-options.js'
import type { LearnerHost } from '../learner/learner-host.js'
import type { MasterRotation } from '../observer-master/rotation.js'
import type { Membership, Oracle, QuorumVerifier, ReconfigRules } from '../quorum/index.js'

export type PeerRole = 'looking' | 'leading' | 'following' | 'observing'

/** The server whose history its terms go on with, whoever leads. */
export interface PeerHost extends LeaderHost, LearnerHost {
  readonly pending: PendingWrites
  /** Whether the configuration of this version was brought by a transaction that is in log or tree. */
  hasConfiguration(version: Zxid): boolean
  /** Looks for a leader for so long that reads without one are better than nothing. */
  beginReadOnly(): void
  endReadOnly(): void
  /** Ends what a term has begun: nobody is served, and what was appended is durable once resolved. */
  suspend(): Promise<void>
}

export interface ObserverMasters {
  readonly rotation: MasterRotation
  /** Bytes of transactions that a follower keeps for observers (observerMaster.sizeLimit). */
  readonly bytesMax: number
}

export interface QuorumPeerOptions {
  readonly self: ServerId
  readonly membership: Membership
  /** The oracle of two servers; the membership has it as well. */
  readonly oracle?: Oracle
  /** How reconfigurations are judged; undefined: there are none (reconfigEnabled). */
  readonly rules?: ReconfigRules
  /** A configuration is on its way, or is the one to go by: to be kept, and shown. */
  readonly onProposed?: (verifier: QuorumVerifier) => void
  /** What was on its way has been cut off. */
  readonly onWithdrawn?: () => void
  readonly onActivated?: (verifier: QuorumVerifier) => void
  readonly transport: PeerTransport
  readonly host: PeerHost
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  readonly initLimit: number
  readonly syncLimit: number
  readonly commitLogCount: number
  /** How long to look for a leader before reads are served without one; undefined: they never are. */
  readonly readOnlyAfterMs?: number
  readonly tuning?: LeaderTuning
  /** Followers take observers, and observers go to followers (observerMasterPort); undefined: they go to the leader. */
  readonly observerMasters?: ObserverMasters
  /** Between two attempts to reach an elected leader (leaderConnectDelayDuringRetryMs). */
  readonly connectRetryMs?: number
  /** How long an observer that has lost its leader waits before it looks again; asked for each time. */
  readonly observerDelayMs?: () => number
  /** See `ElectionOptions`. */
  readonly minNotificationIntervalMs?: number
  readonly maxNotificationIntervalMs?: number
}
