import { chunkKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { CHUNK, CHUNK_HEADER, sealChunk } from './snapshot-entries.js'

/** Chunks after which the write-ahead log is flushed: one large flush at the end would hold up the log's. */
const SYNC_EVERY = 64

/** Writes the bytes of one snapshot, or of its companion: one chunk fills while another is written. */
export class ChunkWriter {
  bytes = 0
  chunks = 0
  private filling = new Uint8Array(CHUNK_HEADER + CHUNK)
  private length = CHUNK_HEADER
  private writing: Promise<ArrayBuffer | undefined> = Promise.resolve(undefined)

  constructor(
    private readonly database: RocksDatabase,
    private readonly number: number,
    /** The index of the first chunk. */
    private readonly first = 0,
  ) {}

  /** Takes the bytes over before it resolves. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(this.filling.length - this.length, bytes.length - at)
      this.filling.set(bytes.subarray(at, at + count), this.length)
      this.length += count
      at += count
      if (this.length === this.filling.length) await this.flush()
    }
  }

  /** Resolves once all has been written; durable with the next request that is synced. */
  async finish(): Promise<void> {
    if (this.length > CHUNK_HEADER) await this.flush()
    await this.writing
  }

  private async flush(): Promise<void> {
    const returned = await this.writing
    const value = sealChunk(this.filling.subarray(0, this.length))
    const puts = [{ key: chunkKey(this.number, this.first + this.chunks), value }]
    this.bytes += this.length - CHUNK_HEADER
    this.chunks++
    const sync = this.chunks % SYNC_EVERY === 0
    this.writing = this.database.write({ puts, sync }, this.filling.buffer as ArrayBuffer)
    this.writing.catch(() => {}) // met by the next await
    this.filling = new Uint8Array(returned ?? new ArrayBuffer(CHUNK_HEADER + CHUNK))
    this.length = CHUNK_HEADER
  }
}
