import { SlabWriter } from '../jute/slab-writer.js'
import type { Proposal } from '../requests/proposal.js'
import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import { writeTxn } from '../tree/txn.js'
import { COUNTER_MAX, makeZxid, type Zxid, zxidCounter, zxidEpoch } from '../zxid.js'
import type { Broadcast, BroadcastHost } from './broadcast.js'
import { Flusher } from './flusher.js'

/** Broadcast of a server without an ensemble: the log is the quorum. */
export class StandaloneBroadcast implements Broadcast {
  private lastZxid: Zxid
  /** Appended and not yet delivered, in zxid order. */
  private waiting: Proposal[] = []
  private failure: Error | null = null
  private readonly flusher: Flusher
  private readonly slabs = new SlabWriter()

  constructor(
    private readonly log: LogStorage,
    private readonly clock: Clock,
    private readonly host: BroadcastHost,
    lastZxid: Zxid,
  ) {
    this.lastZxid = lastZxid
    this.flusher = new Flusher(log, clock, {
      get readsAnswered() {
        return host.readsAnswered
      },
      flushed: durable => this.flushed(durable),
      // Also when a delivery broke an invariant: the tree is not to be trusted then, and the server stops.
      failed: error => this.fail(error),
    })
  }

  nextZxid(): Zxid {
    // The counter's last value belongs to no transaction: a new epoch begins (ZOOKEEPER-1277).
    if (zxidCounter(this.lastZxid) >= COUNTER_MAX - 1) this.lastZxid = makeZxid(zxidEpoch(this.lastZxid) + 1, 0)
    return ++this.lastZxid
  }

  propose(proposal: Proposal): void {
    if (this.failure !== null) return
    try {
      const bytes = this.encode(proposal)
      proposal.bytes = bytes.length
      this.flusher.append({ zxid: proposal.header.zxid, bytes })
    } catch (error) {
      this.fail(error as Error)
      return
    }
    this.waiting.push(proposal)
    this.flusher.soon()
  }

  private encode(proposal: Proposal): Uint8Array {
    writeTxn(this.slabs.begin(), proposal.header, proposal.txn, proposal.digest)
    return this.slabs.end()
  }

  private flushed(durable: Zxid): void {
    const { waiting } = this
    let count = 0
    while (count < waiting.length && waiting[count].header.zxid <= durable) count++
    if (count === 0) return
    this.waiting = waiting.slice(count)
    this.host.deliver(count === waiting.length ? waiting : waiting.slice(0, count))
  }

  /** Resolves when everything that was proposed is delivered, or the log has failed. */
  async settle(): Promise<void> {
    while (this.waiting.length > 0 && this.failure === null) {
      await this.log.sync()
      await new Promise<void>(resolve => this.clock.defer(resolve))
    }
  }

  private fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    this.host.failed(error)
  }
}
