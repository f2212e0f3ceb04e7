import type { PendingWrites } from '../../requests/pending-writes.js'
import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import type { PeerLink, ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { Logged } from '../history.js'
import type { ConfigurationOptions } from './configuration.js'
import type { LearnerHost } from './learner-host.js'

export interface LearnerOptions extends ConfigurationOptions {
  readonly link: PeerLink
  readonly host: LearnerHost
  readonly pending: PendingWrites
  readonly clock: Clock
  readonly logger: Logger
  readonly tickTimeMs: number
  /** Ticks until it has to be in step with the leader. */
  readonly initLimit: number
  /** Ticks without a word from the leader after which it is given up. */
  readonly syncLimit: number
  /** In step with the leader, and clients are served. */
  readonly onUpToDate?: () => void
  /** Transactions have been applied, each once, in their order. */
  readonly onDelivered?: (committed: readonly Logged[]) => void
  /** A reconfiguration is committed and goes with the next delivery; the leader says who is to lead by it. */
  readonly onActivating?: (zxid: Zxid, designated: ServerId) => void
}
