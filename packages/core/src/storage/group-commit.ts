import type { Zxid } from '../zxid.js'

/** Queued bytes above which a write begins though nobody has asked for a sync. */
const WRITE_AT_BYTES = 4 * 1024 * 1024

/** Records on their way to the medium, in the form that it will have them. */
export interface Batch {
  /** Bytes; 0 while it is empty. */
  readonly length: number
  /** The zxid of the newest record. */
  readonly last: Zxid
}

/** What makes batches durable. After a failure it is given nothing more. */
export interface BatchWriter<B extends Batch> {
  /** Makes a batch durable and empties it. */
  write(batch: B): Promise<void>
  /**
   * Does the same at once, on the calling thread, if that is a good idea.
   * @param alone nothing else waits for the thread
   * @returns false: nothing was done
   */
  writeNow?(batch: B, alone: boolean): boolean
}

/** One write under way or to come, and who waits for it. */
interface Waiter {
  readonly promise: Promise<Zxid>
  resolve(zxid: Zxid): void
  reject(error: unknown): void
}

/**
 * Gathers records while a write is under way: two batches, one filling, one being written and made durable. A sync that
 * finds a write under way and nothing queued shares that write; one that finds records queued shares the next. Hence
 * syncs resolve in call order. For storages to build a `LogStorage` on.
 */
export class GroupCommit<B extends Batch> {
  /** Where records go. Whoever adds some calls {@link added}. */
  filling: B
  private spare: B
  private writing: Waiter | undefined
  private next: Waiter | undefined
  /** The highest zxid that is durable. */
  durable: Zxid = 0

  /**
   * @param newBatch makes an empty batch; called twice
   * @param onError turns the error of a write into what waiting calls reject with
   */
  constructor(
    newBatch: () => B,
    private readonly writer: BatchWriter<B>,
    private readonly onError: (error: unknown) => Error,
  ) {
    this.filling = newBatch()
    this.spare = newBatch()
  }

  /** Records were added to {@link filling}. */
  added(): void {
    if (this.filling.length > WRITE_AT_BYTES && !this.writing) this.start()
  }

  /**
   * Resolves with the highest durable zxid once everything added is durable.
   * @param alone see {@link BatchWriter.writeNow}
   */
  sync(alone = false): Promise<Zxid> {
    if (this.filling.length === 0) return this.writing?.promise ?? Promise.resolve(this.durable)
    if (!this.writing) {
      try {
        if (this.wroteNow(alone)) return Promise.resolve(this.durable)
      } catch (cause) {
        return Promise.reject(this.onError(cause))
      }
    }
    this.next ??= newWaiter()
    const { promise } = this.next
    if (!this.writing) this.start()
    return promise
  }

  /** Resolves once nothing is queued or under way. */
  async drain(): Promise<void> {
    while (this.writing || this.filling.length > 0) await this.sync()
  }

  private wroteNow(alone: boolean): boolean {
    const { last } = this.filling
    if (this.writer.writeNow?.(this.filling, alone) !== true) return false
    this.durable = last
    return true
  }

  private start(): void {
    const batch = this.filling
    const waiter = this.next ?? newWaiter()
    const { last } = batch
    this.filling = this.spare
    this.spare = batch
    this.next = undefined
    this.writing = waiter
    this.writer.write(batch).then(
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
