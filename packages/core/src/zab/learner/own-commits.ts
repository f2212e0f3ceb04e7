import { MenagerieError } from '../../errors.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import type { History } from '../history.js'
import type { Delivery } from './delivery.js'

/**
 * What a follower commits by its leader's word on how far the history is committed, or will be once it has this
 * follower's vote as well. With the latter it answers a client without another round trip to the leader: when its own
 * disk has the write a quorum's disks have.
 */
export class OwnCommits {
  /** Up to here only this follower's vote is missing. */
  private onceDurable: Zxid = 0

  constructor(
    private readonly history: History,
    private readonly delivery: Delivery,
  ) {}

  /** Everything up to here is committed. @throws ZAB_COMMIT_OUT_OF_ORDER for what was not proposed */
  told(zxid: Zxid): void {
    this.checkProposed(zxid)
    if (this.history.commitThrough(zxid)) this.delivery.schedule()
  }

  /** Everything up to here is, once it is durable here. @throws ZAB_COMMIT_OUT_OF_ORDER for what was not proposed */
  promised(zxid: Zxid): void {
    this.checkProposed(zxid)
    this.onceDurable = Math.max(this.onceDurable, zxid)
    this.durable()
  }

  /** More has become durable. */
  durable(): void {
    if (this.commit()) this.delivery.now()
  }

  private commit(): boolean {
    const { history, onceDurable } = this
    return history.commitThrough(Math.min(onceDurable, history.durable))
  }

  private checkProposed(zxid: Zxid): void {
    const { logged } = this.history
    if (zxid <= logged) return
    const words = `the leader commits 0x${zxidHex(zxid)}, and has proposed up to 0x${zxidHex(logged)}`
    throw new MenagerieError('ZAB_COMMIT_OUT_OF_ORDER', words)
  }
}
