import { putLong } from '@menagerie/core/jute'
import type { LogRecord, Zxid } from '@menagerie/core/plugin'
import { zxidKey } from '../database/keys.js'
import type { Put } from '../database/write-request.js'
import { BLOCK_HEADER, BLOCK_MAX, putRecord, RECORD_OVERHEAD } from './log-block.js'

const CAPACITY = 256 * 1024
/** A buffer that a burst has made larger than this is not kept. */
const CAPACITY_KEPT = 8 * 1024 * 1024

/** Records on their way to the database, in blocks as it will keep them. */
export class LogBatch {
  length = 0
  last: Zxid = 0
  private bytes = new Uint8Array(CAPACITY)
  private blocks: { readonly first: Zxid; readonly at: number }[] = []

  /** @param packFrom see {@link Put} */
  constructor(private readonly packFrom: number | undefined) {}

  /** @param position bytes of records in the log before this one */
  add(record: LogRecord, position: number): void {
    const block = this.blocks.at(-1)
    this.makeRoom(BLOCK_HEADER + RECORD_OVERHEAD + record.bytes.length)
    if (!block || this.length - block.at >= BLOCK_MAX) {
      this.blocks.push({ first: record.zxid, at: this.length })
      putLong(this.bytes, this.length, position)
      this.length += BLOCK_HEADER
    }
    this.length = putRecord(this.bytes, this.length, record)
    this.last = record.zxid
  }

  /** What is to be written, and the buffer that its values are views of. Nothing may be added until {@link reuse}. */
  take(): { puts: Put[]; lent: ArrayBuffer } {
    const puts = this.blocks.map(({ first, at }, i) => {
      const value = this.bytes.subarray(at, this.blocks[i + 1]?.at ?? this.length)
      return { key: zxidKey(first), value, packFrom: this.packFrom }
    })
    return { puts, lent: this.bytes.buffer as ArrayBuffer }
  }

  /** Empties the batch. @param returned its buffer, which was away with another thread */
  reuse(returned: ArrayBuffer | undefined): void {
    const kept = returned !== undefined && returned.byteLength <= CAPACITY_KEPT
    this.bytes = new Uint8Array(kept ? returned : new ArrayBuffer(CAPACITY))
    this.length = 0
    this.blocks = []
  }

  private makeRoom(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}
