import type { LogRecord } from '../seams/log-storage.js'
import type { Zxid } from '../zxid.js'
import { firstWhere } from './first-at-least.js'

/** Bytes of a chunk; a larger record has one to itself. */
const CHUNK_BYTES = 256 * 1024

/**
 * Records in zxid order, their bytes one behind the other in chunks.
 *
 * A record that is kept by itself is four objects and an allocation outside the heap, none of which dies young: at 100,000
 * a second the garbage collector copies each of them twice, and marks all that there are twice a second. Here it sees a
 * chunk in place of hundreds.
 *
 * What lies in a chunk stays as it is for whoever reads it: chunks are added to, and left, never written again.
 */
export class PackedRecords implements Iterable<LogRecord> {
  private chunks: Chunk[] = []

  /** Zxid of the newest record; 0 without any. */
  get last(): Zxid {
    return this.chunks.at(-1)?.last ?? 0
  }

  /** What they take, near enough. */
  get bytes(): number {
    return this.chunks.reduce((sum, { used }) => sum + used, 0)
  }

  /** Copies a record whose zxid is above {@link last}. */
  push(record: LogRecord): void {
    const { length } = record.bytes
    if (!this.chunks.at(-1)?.hasRoomFor(length)) this.chunks.push(new Chunk(length))
    this.chunks[this.chunks.length - 1].push(record)
  }

  /** Zxid of the newest record below one; 0 without any. */
  lastBelow(zxid: Zxid): Zxid {
    const at = this.chunkWith(zxid)
    const before = [...(this.chunks[at]?.slice(0, zxid - 1) ?? [])]
    return before.at(-1)?.zxid ?? this.chunks[at - 1]?.last ?? 0
  }

  /**
   * The records that are there when it is called, from one zxid to another, both included, in batches whose bytes are not
   * copied. Nothing that is done to these records later changes what the batches hold.
   */
  between(first: Zxid, last: Zxid): Iterable<readonly LogRecord[]> {
    const chunks = this.chunks.slice(this.chunkWith(first), this.chunkWith(last) + 1)
    return batches(chunks.map(chunk => chunk.slice(first, last)))
  }

  /** Drops the records after a zxid. */
  truncateAfter(last: Zxid): void {
    const [cut] = this.chunks.splice(this.chunkWith(last + 1))
    for (const record of cut?.slice(0, last) ?? []) this.push(record)
  }

  /** Drops the records up to a zxid, and including it. */
  dropThrough(last: Zxid): void {
    const [cut, ...whole] = this.chunks.splice(this.chunkWith(last + 1))
    this.chunks = []
    for (const record of cut?.slice(last + 1, cut.last) ?? []) this.push(record)
    this.chunks.push(...whole)
  }

  *[Symbol.iterator](): Generator<LogRecord> {
    for (const batch of this.between(0, this.last)) yield* batch
  }

  /** Index of the first chunk that goes up to a zxid or beyond. */
  private chunkWith(zxid: Zxid): number {
    const { chunks } = this
    return firstWhere(chunks.length, index => chunks[index].last >= zxid)
  }
}

function* batches(slices: readonly Iterable<LogRecord>[]): Generator<readonly LogRecord[]> {
  for (const slice of slices) {
    const batch = [...slice]
    if (batch.length > 0) yield batch
  }
}

/** Before each record: its zxid, and its length. */
const HEADER_BYTES = 12

/** Some records; at least one, once it is in use. Its index lies between them, where the garbage collector does not look. */
class Chunk {
  /** Zxid of the newest record. */
  last: Zxid = 0
  used = 0
  private readonly memory: Uint8Array
  private readonly headers: DataView

  /** @param recordBytes length of the first record */
  constructor(recordBytes: number) {
    this.memory = new Uint8Array(Math.max(CHUNK_BYTES, HEADER_BYTES + recordBytes))
    this.headers = new DataView(this.memory.buffer)
  }

  hasRoomFor(recordBytes: number): boolean {
    return this.used + HEADER_BYTES + recordBytes <= this.memory.length
  }

  push({ zxid, bytes }: LogRecord): void {
    this.headers.setFloat64(this.used, zxid)
    this.headers.setUint32(this.used + 8, bytes.length)
    this.memory.set(bytes, this.used + HEADER_BYTES)
    this.used += HEADER_BYTES + bytes.length
    this.last = zxid
  }

  /** What is there of these when it is called. */
  slice(first: Zxid, last: Zxid): Iterable<LogRecord> {
    return this.records(this.used, first, last)
  }

  private *records(end: number, first: Zxid, last: Zxid): Generator<LogRecord> {
    for (let at = 0, length: number; at < end; at += HEADER_BYTES + length) {
      const zxid = this.headers.getFloat64(at)
      length = this.headers.getUint32(at + 8)
      if (zxid > last) return
      if (zxid >= first) yield { zxid, bytes: this.memory.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length) }
    }
  }
}
