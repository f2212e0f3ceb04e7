import { JuteWriter } from './writer.js'

/** Records are cut from slabs of this size, so that one of them allocates no array of its own. */
const SLAB_BYTES = 256 * 1024
/** A slab with less room than this is left to its records. */
const SLAB_ROOM = 64 * 1024

/**
 * Writes records of a kilobyte or so, one after another, whose arrays are handed on: each is a part of a slab that is
 * never written again. A slab lives as long as any of its records.
 */
export class SlabWriter {
  private slab = new JuteWriter(SLAB_BYTES)
  private start = 0

  /** Where the next record is to be written; it ends with {@link end}. */
  begin(): JuteWriter {
    if (this.slab.bytes.length - this.slab.position < SLAB_ROOM) this.slab = new JuteWriter(SLAB_BYTES)
    this.start = this.slab.position
    return this.slab
  }

  /** What was written since {@link begin}. */
  end(): Uint8Array {
    return this.slab.bytes.subarray(this.start, this.slab.position)
  }
}
