import { encodeUtf8 } from '../../jute/utf8.js'
import type { Clock } from '../../seams/clock.js'
import type { Logger } from '../../seams/logger.js'
import { makeZxid, type Zxid } from '../../zxid.js'
import { encodePacket, PacketType } from '../packets/index.js'
import { formatConfig, type Membership } from '../quorum/index.js'
import type { CommittedWindow } from './committed-window.js'
import type { LeaderHost } from './leader-host.js'
import type { LeaderTuning } from './leader-options.js'
import type { LearnerHandle } from './learner-handle.js'
import { type SynchronisationLimits, sendSynchronisation } from './send-synchronisation.js'
import { Turns } from './turns.js'

export interface SynchroniserParts {
  readonly host: LeaderHost
  readonly membership: Membership
  readonly clock: Clock
  readonly logger: Logger
  readonly tuning?: LeaderTuning
  /** Called before the tree is sent: it has to show all that learners are brought to. */
  readonly completeTree?: () => void
}

/** Brings learners to one history: each gets what it lacks, then NEWLEADER, then what has waited meanwhile. */
export class Synchroniser {
  private readonly limits: SynchronisationLimits

  /**
   * @param window the last committed transactions, out of which most learners are brought up to date
   * @param failed a learner could not be brought into step
   */
  constructor(
    private readonly parts: SynchroniserParts,
    private readonly window: CommittedWindow,
    private readonly failed: (learner: LearnerHandle, why: string) => void,
  ) {
    const {
      concurrentSnapshots = 10,
      concurrentLogs = 100,
      alwaysSnapshot = false,
      snapshotSizeFactor = 0.33,
    } = parts.tuning ?? {}
    this.limits = {
      snapshots: new Turns(concurrentSnapshots),
      logs: new Turns(concurrentLogs),
      alwaysSnapshot,
      snapshotSizeFactor,
    }
  }

  /** `learner` has begun its synchronisation: see {@link LearnerHandle.beginSynchronisation}. */
  bring(learner: LearnerHandle, committed: Zxid, epoch: number): void {
    const { host, membership, clock, logger, completeTree } = this.parts
    sendSynchronisation({ learner, committed, window: this.window, host, logger, limits: this.limits, completeTree })
      .then(() => {
        if (learner.isGone) return
        const config = encodeUtf8(formatConfig(membership.latest))
        learner.link.send(encodePacket(PacketType.NEWLEADER, makeZxid(epoch, 0), config))
        learner.endSynchronisation()
        // From now on it has initLimit to make that durable.
        learner.lastHeardAt = clock.monotonic()
      })
      .catch(error => this.failed(learner, (error as Error).message))
  }
}
