import { MenagerieError } from '../errors.js'
import type { Clock } from '../seams/clock.js'
import type { LogRecord, LogStorage } from '../seams/log-storage.js'
import type { Zxid } from '../zxid.js'
import { Gathering, type Writes } from './gathering.js'

/** What a flusher tells whoever appends. */
export interface FlusherHost {
  /** Reads answered so far: whether there is other work than the writes shows in its change. */
  readonly readsAnswered: number
  /** Everything up to here has become durable. What this throws is a failure, too. */
  flushed(durable: Zxid): void
  /** Durability is lost, once: nothing more is flushed, and nothing more may be acknowledged. */
  failed(error: Error): void
}

/**
 * Puts records into a log, and decides which of them share a flush (group commit): one at a time, while the next batch
 * fills. {@link Gathering} says when a batch is full.
 */
export class Flusher {
  /** Resolves when the flush that is under way is over, whatever came of it. */
  private flush: Promise<void> | null = null
  private scheduled = false
  /** What has been appended since the last flush began. */
  private count = 0
  private bytes = 0
  private failure: Error | null = null
  /** Reads that had been answered when the last flush began. */
  private readsBefore = 0
  private readonly gathering = new Gathering()

  constructor(
    private readonly log: LogStorage,
    private readonly clock: Clock,
    private readonly host: FlusherHost,
  ) {}

  /** Whoever appends asks for the flush by {@link soon} or {@link now}. @throws what the log refuses a record with */
  append(record: LogRecord): void {
    this.log.append(record)
    this.count++
    this.bytes += record.bytes.length
  }

  /** Flushes after the input that has arrived by now, so that requests of many connections share it. */
  soon(): void {
    if (this.flush !== null) return
    if (this.gathering.isHalf(this.bytes)) this.begin()
    else this.schedule()
  }

  /** Flushes what has been appended, behind the flush that is under way. Resolves when one of the two is over. */
  async now(): Promise<void> {
    this.begin()
    await this.flush
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.clock.defer(this.beginIfComplete)
  }

  private readonly beginIfComplete = (): void => {
    if (this.flush !== null) {
      this.scheduled = false
      return
    }
    if (this.gathers && this.count > 0 && !this.gathering.isComplete(this.unflushed, this.clock.monotonic())) {
      this.clock.defer(this.beginIfComplete)
      return
    }
    this.scheduled = false
    this.begin()
  }

  /** Reads need not wait for a flush that goes on beside them, but for one that holds the thread. */
  private get gathers(): boolean {
    return this.isAlone || this.gathering.overlaps
  }

  private get unflushed(): Writes {
    return { count: this.count, bytes: this.bytes }
  }

  /** No reads were answered since the last flush: whoever is served now waits for the next one, and for nothing else. */
  private get isAlone(): boolean {
    return this.host.readsAnswered === this.readsBefore
  }

  private begin(): void {
    if (this.flush !== null || this.count === 0 || this.failure !== null) return
    const flushed = this.unflushed
    this.count = 0
    this.bytes = 0
    const { isAlone } = this
    this.readsBefore = this.host.readsAnswered
    const start = this.clock.monotonic()
    this.flush = this.log
      .sync(isAlone)
      .then(durable => {
        this.flush = null
        this.gathering.flushed(flushed, this.unflushed, this.clock.monotonic() - start)
        // The disk gets its next work first, where there is enough of it.
        if (this.gathering.isHalf(this.bytes)) this.begin()
        this.host.flushed(durable)
        if (this.flush === null && this.count > 0) this.goOn()
      })
      .catch(error => this.fail(error))
  }

  /** What came during a flush: those who read must not wait, those who only write may be joined by others. */
  private goOn(): void {
    if (this.gathers) this.schedule()
    else this.begin()
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure =
      error instanceof Error ? error : new MenagerieError('LOG_IO', `the transaction log failed: ${String(error)}`)
    this.host.failed(this.failure)
  }
}
