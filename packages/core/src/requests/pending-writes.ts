import { RenewedMap } from '../collections/renewed.js'
import type { Session } from '../sessions/session.js'
import { joinHalves } from '../tree/ephemeral-owner.js'
import type { TxnHeader } from '../tree/txn.js'
import type { ProposalOrigin } from './proposal.js'

/** A write that was forwarded, until it comes back as a committed transaction. */
export interface PendingWrite {
  readonly session: Session
  readonly cxid: number
  readonly origin: ProposalOrigin
}

/**
 * Who waits for which transaction at a learner. The transactions of one session come back in the order of its
 * requests, so only the head of each queue can be meant (Apache's CommitProcessor).
 */
export class PendingWrites {
  private readonly bySession = new RenewedMap<bigint, PendingWrite[]>()
  private count = 0

  add(write: PendingWrite): void {
    this.count++
    const queue = this.bySession.get(write.session.id)
    if (queue === undefined) this.bySession.set(write.session.id, [write])
    else queue.push(write)
  }

  /** Whether one write waits, and no other. */
  get isSingle(): boolean {
    return this.count === 1
  }

  /** Nothing more comes back: the link to the leader is gone. */
  clear(): void {
    this.bySession.clear()
    this.count = 0
  }

  /** Whoever waits for the transaction with this header: nobody, where another server's client sent it. */
  take(header: TxnHeader): PendingWrite | undefined {
    if (this.bySession.size === 0) return undefined
    const id = joinHalves(header.clientHigh, header.clientLow)
    const queue = this.bySession.get(id)
    if (queue === undefined || queue[0].cxid !== header.cxid) return undefined
    const write = queue.shift()
    this.count--
    if (queue.length === 0) this.bySession.delete(id)
    return write
  }
}
