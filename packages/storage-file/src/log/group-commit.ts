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

/** What makes batches durable. After a failure it is given nothing more. */
export interface BatchWriter {
  write(batch: LogBatch): Promise<void>
  /**
   * Writes at once, on the calling thread, if that is a good idea: then the batch is durable on return.
   * @param alone nothing else waits for the thread
   * @returns false: nothing was done
   */
  writeNow(batch: LogBatch, alone: boolean): boolean
}

/**
 * Gathers records while a write is under way: two batches, one filling, one being written and made
 * durable. A sync that finds a write under way and nothing queued shares that write; one that finds
 * records queued shares the next. Hence syncs resolve in call order.
 */
export class GroupCommit {
  private filling = new LogBatch()
  private spare: LogBatch | undefined = new LogBatch()
  private writing: Waiter | undefined
  private next: Waiter | undefined

  /**
   * @param onError turns the error of a write into what waiting calls reject with
   */
  constructor(
    private readonly writer: BatchWriter,
    private readonly onError: (error: unknown) => Error,
    /** The highest zxid that is durable. */
    public durable: Zxid = 0,
  ) {}

  /** @param startsFile the record is the first of a new log file */
  add(record: LogRecord, startsFile: boolean): void {
    const { filling } = this
    if (startsFile) filling.startFile(record.zxid)
    filling.add(record)
    if (filling.length > WRITE_AT_BYTES && !this.writing) this.start()
  }

  /** @param alone see {@link BatchWriter.writeNow} */
  sync(alone = false): Promise<Zxid> {
    if (this.filling.length === 0) return this.writing?.promise ?? Promise.resolve(this.durable)
    if (!this.writing) {
      try {
        if (this.writer.writeNow(this.filling, alone)) return Promise.resolve(this.writtenNow())
      } catch (cause) {
        return Promise.reject(this.onError(cause))
      }
    }
    this.next ??= newWaiter()
    const { promise } = this.next
    if (!this.writing) this.start()
    return promise
  }

  private writtenNow(): Zxid {
    this.durable = this.filling.last
    this.filling.clear()
    return this.durable
  }

  /** Resolves once nothing is queued or under way. */
  async drain(): Promise<void> {
    while (this.writing || this.filling.length > 0) await this.sync()
  }

  private start(): void {
    const batch = this.filling
    const waiter = this.next ?? newWaiter()
    this.filling = this.spare ?? new LogBatch()
    this.spare = undefined
    this.next = undefined
    this.writing = waiter
    this.writer.write(batch).then(
      () => this.written(batch, waiter),
      error => this.failed(error, waiter),
    )
  }

  private written(batch: LogBatch, waiter: Waiter): void {
    this.durable = batch.last
    batch.clear()
    this.spare = batch
    this.writing = undefined
    // The disk gets its next work first; then those who waited go on.
    if (this.next || this.filling.length > WRITE_AT_BYTES) this.start()
    waiter.resolve(this.durable)
  }

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
