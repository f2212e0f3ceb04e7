import { blockEnd, type FileHandle, isNoRoom } from '../files/file-system.js'

/** What is written at once: long enough to be worth its flush, short enough to hold up the log's own flush little. */
const PIECE = 256 * 1024
/** How far ahead of the records the zeros are to reach. */
const AHEAD = 4 * PIECE
/** Records that come while a piece is written must not have to wait for it. */
const GAP = 64 * 1024
/** Of batches that are longer on average, each flush moves more than what it costs to give the file its blocks. */
const BATCH_BYTES_MAX = 32 * 1024
/** The share of the newest batch in the average. */
const WEIGHT = 1 / 8

const ZEROS = new Uint8Array(PIECE)

/**
 * Writes the zeros that a log file has been extended by, some way ahead of its records, so that the file system need not
 * find blocks for these, and flush its journal, within the flush that clients wait for.
 *
 * The file's contents are the same with it and without. Records and a piece of zeros never touch the same block at the
 * same time: whoever writes asks {@link isClear} first.
 */
export class ZerosAhead {
  /** Up to here the file has its blocks. */
  private ready = 0
  /** Where the piece that is being written begins. */
  private pieceFrom = Number.POSITIVE_INFINITY
  private piece: Promise<void> = Promise.resolve()
  private averageBytes = 0
  private wroteAny = false
  private failure: unknown

  /** @param file opened so that a write that has resolved is durable */
  constructor(private readonly file: FileHandle) {}

  /** Whether records may be written up to `end` now. */
  isClear(end: number): boolean {
    return end <= this.pieceFrom && this.failure === undefined
  }

  /** Resolves once no piece is under way. @throws what a piece has failed with, unless it was for want of room */
  async settled(): Promise<void> {
    await this.piece
    if (this.failure !== undefined) throw this.failure
  }

  /**
   * A batch of `bytes` has been written, up to `end`.
   * @param size the length of the file
   */
  wrote(bytes: number, end: number, size: number): void {
    this.averageBytes += (bytes - this.averageBytes) * WEIGHT
    if (this.pieceFrom < Number.POSITIVE_INFINITY || this.averageBytes > BATCH_BYTES_MAX) return
    if (this.ready - end >= AHEAD) return
    const from = Math.max(this.ready, blockEnd(end + GAP))
    if (from + PIECE > size) return
    this.pieceFrom = from
    this.wroteAny = true
    this.piece = this.file.write(ZEROS, 0, PIECE, from).then(
      () => this.done(from + PIECE),
      error => this.failed(error),
    )
  }

  /** Whether the file may have blocks beyond its records. */
  get holdsRoom(): boolean {
    return this.wroteAny
  }

  /** Writes no more zeros, once what is under way is over. The caller may cut off those that are there. */
  async giveUp(): Promise<void> {
    await this.settled()
    this.done(Number.POSITIVE_INFINITY)
    this.wroteAny = false
  }

  private done(ready: number): void {
    this.ready = ready
    this.pieceFrom = Number.POSITIVE_INFINITY
  }

  /** Where there is no room for zeros there may still be some for records. */
  private failed(error: unknown): void {
    if (isNoRoom(error)) this.done(Number.POSITIVE_INFINITY)
    else this.failure = error
  }
}
