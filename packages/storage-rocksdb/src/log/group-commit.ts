import type { LogRecord, Zxid } from '@menagerie/core'
import { LogBatch } from './log-batch.js'

/** Queued bytes above which a write begins though nobody has asked for a sync. */
const WRITE_AT_BYTES = 4 * 1024 * 1024

/** One write under way or to come, and who waits for it. */
interface Waiter {
  readonly promise: Promise<Zxid>
  resolve(zxid: Zxid): void
  reject(error: unknown): void
}

/**
 * Gathers records while a write is under way: one batch fills while the other is written and flushed. A sync that
 * finds nothing queued shares the write under way; any other shares the next. Hence syncs resolve in call order.
 */
export class GroupCommit {
  private filling = new LogBatch()
  private spare = new LogBatch()
  private writing: Waiter | undefined
  private next: Waiter | undefined

  /**
   * @param write makes a batch durable and empties it; once it has rejected, nothing more is written
   * @param onError turns the error of a write into what waiting calls reject with
   */
  constructor(
    private readonly write: (batch: LogBatch) => Promise<void>,
    private readonly onError: (error: unknown) => Error,
    /** The highest zxid that is durable. */
    public durable: Zxid = 0,
  ) {}

  add(record: LogRecord, position: number): void {
    this.filling.add(record, position)
    if (this.filling.length > WRITE_AT_BYTES && !this.writing) this.start()
  }

  sync(): Promise<Zxid> {
    if (this.filling.length === 0) return this.writing?.promise ?? Promise.resolve(this.durable)
    this.next ??= newWaiter()
    const { promise } = this.next
    if (!this.writing) this.start()
    return promise
  }

  /** Resolves once nothing is queued or under way. */
  async drain(): Promise<void> {
    while (this.writing || this.filling.length > 0) await this.sync()
  }

  private start(): void {
    const batch = this.filling
    const waiter = this.next ?? newWaiter()
    const { last } = batch
    this.filling = this.spare
    this.spare = batch
    this.next = undefined
    this.writing = waiter
    this.write(batch).then(
      () => this.written(last, waiter),
      error => this.failed(error, waiter),
    )
  }

  private written(last: Zxid, waiter: Waiter): void {
    this.durable = last
    this.writing = undefined
    // The disk gets its next work first; then those who waited go on.
    if (this.next || this.filling.length > WRITE_AT_BYTES) this.start()
    waiter.resolve(last)
  }

  /** `writing` stays: nothing begins any more. */
  private failed(cause: unknown, waiter: Waiter): void {
    const error = this.onError(cause)
    waiter.reject(error)
    this.next?.reject(error)
  }
}

function newWaiter(): Waiter {
  let resolve: Waiter['resolve'] = () => {}
  let reject: Waiter['reject'] = () => {}
  const promise = new Promise<Zxid>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // A write that nobody waits for reports its error through the log's state.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
