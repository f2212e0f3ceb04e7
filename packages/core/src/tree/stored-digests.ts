/**
 * The digests of a snapshot's znodes, beside the snapshot: 4 bytes for each znode, big endian, in the order of the
 * snapshot. A tree knows them when it is written; computing them when it is read takes a quarter of a start.
 */
import { putInt } from '../jute/writer.js'

const DIGEST_BYTES = 4
const BLOCK_BYTES = 64 * 1024

/** Gathers digests while a snapshot is written. */
export class DigestList {
  private readonly full: Uint8Array[] = []
  private block = new Uint8Array(BLOCK_BYTES)
  private length = 0

  add(digest: number): void {
    if (this.length === BLOCK_BYTES) {
      this.full.push(this.block)
      this.block = new Uint8Array(BLOCK_BYTES)
      this.length = 0
    }
    putInt(this.block, this.length, digest)
    this.length += DIGEST_BYTES
  }

  /** All of them, in pieces of which one follows the other. */
  bytes(): Uint8Array[] {
    return [...this.full, this.block.subarray(0, this.length)]
  }
}

/** Gives them back, znode by znode. */
export class StoredDigests {
  private at = 0
  private different = 0

  /** @param trusted taken as they are; else each is computed too, and what differs is counted */
  constructor(
    private readonly bytes: Uint8Array,
    readonly trusted: boolean,
  ) {}

  /** The next znode's. @throws Error where there are fewer digests than znodes */
  take(): number {
    const { bytes, at } = this
    if (at + DIGEST_BYTES > bytes.length) throw new Error('the digests beside the snapshot are fewer than its znodes')
    this.at = at + DIGEST_BYTES
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
  }

  /** The next znode has this one, as was just computed. */
  compare(computed: number): void {
    if (this.at >= this.bytes.length || this.take() !== computed) this.different++
  }

  /** Ends the snapshot. @throws Error where there are more digests than znodes, and they have been trusted */
  finish(): void {
    const left = this.bytes.length - this.at
    if (left === 0) return
    if (this.trusted) throw new Error('the digests beside the snapshot are more than its znodes')
    this.different += Math.ceil(left / DIGEST_BYTES)
  }

  /** How many digests are not those of their znodes. Known of those that were not trusted. */
  get wrong(): number {
    return this.different
  }
}
