import { MenagerieError } from '../../errors.js'
import { zxidEpoch } from '../../zxid.js'
import type { History } from '../history.js'
import type { QuorumPacket } from '../packets/index.js'

/** What a leader proposes in LEADERINFO, and where this server stood when it did. */
export interface EpochOffer {
  readonly epoch: number
  /** False: this epoch was accepted before. */
  readonly isNew: boolean
  /** The epoch whose history this server has. */
  readonly current: number
}

/** Reads LEADERINFO. @throws ZAB_PROTOCOL for a leader that was passed by */
export function readEpochOffer(leaderInfo: QuorumPacket, history: History): EpochOffer {
  const epoch = zxidEpoch(leaderInfo.zxid)
  const { accepted, current } = history.epochs
  if (epoch < accepted) {
    throw new MenagerieError(
      'ZAB_PROTOCOL',
      `the leader's epoch ${epoch} is behind ${accepted}, which this server has accepted`,
    )
  }
  return { epoch, isNew: epoch > accepted, current }
}

/**
 * Accepts an epoch, durably once resolved; gives what ACKEPOCH is to say: the current epoch, or {@link NO_VOTE} where
 * the answer is no promise. Of an epoch that was accepted before, the leader may not count it. Nor may it where the end of
 * the log was damaged: what is missing would be missing in the history that is chosen. The leader synchronises with this
 * server all the same.
 */
export async function acceptEpoch({ epoch, isNew, current }: EpochOffer, history: History): Promise<number> {
  await history.settle()
  if (isNew) await history.setAcceptedEpoch(epoch)
  return isNew && history.isWhole ? current : NO_VOTE
}

/** In an ACKEPOCH: not to be counted as a promise. */
const NO_VOTE = -1
