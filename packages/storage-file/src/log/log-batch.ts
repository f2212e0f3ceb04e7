import type { LogRecord, Zxid } from '@menagerie/core'
import { HEADER_LENGTH, putLogHeader } from '../format/file-header.js'
import { FRAME_OVERHEAD, putFrame } from '../format/log-frames.js'

const CAPACITY = 256 * 1024
/** A buffer that a burst has made larger than this is not kept. */
const CAPACITY_KEPT = 8 * 1024 * 1024

/** Records on their way to the disk, framed as the file will have them. Reused, so that appending allocates nothing. */
export class LogBatch {
  bytes = new Uint8Array(CAPACITY)
  length = 0
  last: Zxid = 0
  /** Where in `bytes` a new file begins, and the first zxid of each. Nearly always empty. */
  readonly files: { readonly at: number; readonly first: Zxid }[] = []

  /** What follows goes to a new file. */
  startFile(first: Zxid): void {
    this.files.push({ at: this.length, first })
    this.makeRoom(HEADER_LENGTH)
    putLogHeader(this.bytes, this.length)
    this.length += HEADER_LENGTH
  }

  add(record: LogRecord): void {
    this.makeRoom(record.bytes.length + FRAME_OVERHEAD)
    this.length = putFrame(this.bytes, this.length, record.bytes)
    this.last = record.zxid
  }

  clear(): void {
    this.length = 0
    this.files.length = 0
    if (this.bytes.length > CAPACITY_KEPT) this.bytes = new Uint8Array(CAPACITY)
  }

  private makeRoom(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}
