/** Bytes above which a batch goes through the thread pool: its flush is long, and worth overlapping with other work. */
const BATCH_BYTES_MAX = 32 * 1024
/** Milliseconds that flushes may have taken on average lately. */
const AVERAGE_MS_MAX = 0.5
/** The share of the newest flush in the average. */
const WEIGHT = 1 / 8

/**
 * Decides where a batch is written and flushed: on the calling thread, which then waits for the disk, or
 * in the thread pool, whose two crossings cost more than a fast disk's flush but hold nobody up.
 *
 * The calling thread is taken while nobody else needs it and the disk is fast. One slow flush moves the
 * average above its bound; it comes back after some more that are fast, each of them through the pool.
 * So slow flushes stall the server seldom, and a slow disk never does after its first flush. See DESIGN.md.
 */
export class FlushPolicy {
  /** Of an unknown disk: slow, until it has shown otherwise. */
  private averageMs = 2 * AVERAGE_MS_MAX

  /**
   * @param bytes length of the batch
   * @param alone nothing but this flush is waiting to be done
   */
  onCallingThread(bytes: number, alone: boolean): boolean {
    return alone && bytes <= BATCH_BYTES_MAX && this.averageMs <= AVERAGE_MS_MAX
  }

  /** A batch has become durable, on either way, after so many milliseconds. */
  flushed(elapsedMs: number): void {
    this.averageMs += (elapsedMs - this.averageMs) * WEIGHT
  }
}
