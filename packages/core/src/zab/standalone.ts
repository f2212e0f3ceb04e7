import { MenagerieError } from '../errors.js'
import { SlabWriter } from '../jute/slab-writer.js'
import type { Proposal } from '../requests/proposal.js'
import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import { writeTxn } from '../tree/txn.js'
import { COUNTER_MAX, makeZxid, type Zxid, zxidCounter, zxidEpoch } from '../zxid.js'
import type { Broadcast, BroadcastHost } from './broadcast.js'
import { Gathering, type Writes } from './gathering.js'

/**
 * Broadcast of a server without an ensemble: the log is the quorum. While one sync is under way the
 * next batch fills (group commit).
 */
export class StandaloneBroadcast implements Broadcast {
  private lastZxid: Zxid
  /** Appended and not yet delivered, in zxid order. */
  private waiting: Proposal[] = []
  private syncing = false
  private scheduled = false
  /** How many of {@link waiting}, from the first, are in the sync that is under way. */
  private syncingCount = 0
  /** Length of what has been appended since the last sync began. */
  private unsyncedBytes = 0
  private failure: Error | null = null
  /** Reads that had been answered when the last sync began. */
  private readsBefore = 0
  private readonly gathering = new Gathering()
  private readonly slabs = new SlabWriter()

  constructor(
    private readonly log: LogStorage,
    private readonly clock: Clock,
    private readonly host: BroadcastHost,
    lastZxid: Zxid,
  ) {
    this.lastZxid = lastZxid
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
      this.log.append({ zxid: proposal.header.zxid, bytes })
      this.unsyncedBytes += bytes.length
    } catch (error) {
      this.fail(error)
      return
    }
    this.waiting.push(proposal)
    if (this.syncing) return
    if (this.gathering.isHalf(this.unsyncedBytes)) this.sync()
    else this.scheduleSync()
  }

  /** After the input that has arrived by now: requests of many connections share one sync. */
  private scheduleSync(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.clock.defer(this.syncIfComplete)
  }

  private readonly syncIfComplete = (): void => {
    if (this.syncing) {
      this.scheduled = false
      return
    }
    if (this.gathers && !this.gathering.isComplete(this.unsynced, this.clock.monotonic())) {
      this.clock.defer(this.syncIfComplete)
      return
    }
    this.scheduled = false
    this.sync()
  }

  /** Reads need not wait for a flush that goes on beside them, but for one that holds the thread. */
  private get gathers(): boolean {
    return this.isAlone || this.gathering.overlaps
  }

  /** What has been appended since the last sync began. */
  private get unsynced(): Writes {
    return { count: this.waiting.length - this.syncingCount, bytes: this.unsyncedBytes }
  }

  /** No reads were answered since the last sync: whoever is served now waits for the next one, and for nothing else. */
  private get isAlone(): boolean {
    return this.host.readsAnswered === this.readsBefore
  }

  private encode(proposal: Proposal): Uint8Array {
    writeTxn(this.slabs.begin(), proposal.header, proposal.txn, proposal.digest)
    return this.slabs.end()
  }

  private sync(): void {
    const flushed = this.unsynced
    if (this.syncing || flushed.bytes === 0 || this.failure !== null) return
    this.syncing = true
    this.syncingCount = this.waiting.length
    this.unsyncedBytes = 0
    const { isAlone } = this
    this.readsBefore = this.host.readsAnswered
    const start = this.clock.monotonic()
    this.log
      .sync(isAlone)
      .then(durable => {
        this.syncing = false
        this.gathering.flushed(flushed, this.unsynced, this.clock.monotonic() - start)
        const delivered = this.takeDurable(durable)
        // The disk gets its next work first, where there is enough of it.
        if (this.gathering.isHalf(this.unsyncedBytes)) this.sync()
        if (delivered.length > 0) this.host.deliver(delivered)
        if (!this.syncing && this.unsyncedBytes > 0) this.goOn()
      })
      // Also when a delivery broke an invariant: the tree is not to be trusted then, and the server stops.
      .catch(error => this.fail(error))
  }

  /** What came during a sync: those who read must not wait, those who only write may be joined by others. */
  private goOn(): void {
    if (this.gathers) this.scheduleSync()
    else this.sync()
  }

  /** Takes what is durable out of what waits. */
  private takeDurable(durable: Zxid): readonly Proposal[] {
    const { waiting } = this
    let count = 0
    while (count < waiting.length && waiting[count].header.zxid <= durable) count++
    this.waiting = waiting.slice(count)
    this.syncingCount = 0
    return count === waiting.length ? waiting : waiting.slice(0, count)
  }

  /** Resolves when everything that was proposed is delivered, or the log has failed. */
  async settle(): Promise<void> {
    while (this.waiting.length > 0 && this.failure === null) {
      await this.log.sync()
      await new Promise<void>(resolve => this.clock.defer(resolve))
    }
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure =
      error instanceof Error ? error : new MenagerieError('LOG_IO', `the transaction log failed: ${String(error)}`)
    this.host.failed(this.failure)
  }
}
