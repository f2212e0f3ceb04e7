/** Cuts a byte stream into frames: a 32-bit length, then that many bytes. */

/** How much is set aside for a frame before its bytes arrive: a length alone costs no memory. */
const FIRST_PART_BYTES = 2 * 1024
/** What has grown beyond this for one large frame is not kept. */
const KEPT_BYTES = 64 * 1024
const NONE = new Uint8Array(0)

/** Where frames go. */
export interface FrameSink {
  /** One frame without its length; the array is valid during the call only. */
  frame(bytes: Uint8Array, start: number, end: number): void
}

/**
 * Frames that lie within one chunk are handed on in place, without a copy. Only one that crosses chunks
 * is gathered, into an array of its own.
 */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #bytesMax: number
  /** The frame that is being gathered, its length included. Most connections never see one. */
  #partial = NONE
  #gathered = 0
  #stopped = false

  constructor(bytesMax: number, sink: FrameSink) {
    this.#bytesMax = bytesMax
    this.#sink = sink
  }

  /** No frame is handed on any more, the rest of the present chunk included. */
  stop(): void {
    this.#stopped = true
  }

  /** @throws Error for a length that is negative or above the limit: the stream cannot be read on. */
  chunk(bytes: Uint8Array, start: number, end: number): void {
    let at = this.#gathered > 0 ? this.#gather(bytes, start, end) : start
    while (!this.#stopped && end - at >= 4) {
      const frameEnd = at + 4 + this.#length(bytes, at)
      if (frameEnd > end) break
      this.#sink.frame(bytes, at + 4, frameEnd)
      at = frameEnd
    }
    if (!this.#stopped && at < end) this.#keep(bytes, at, end)
  }

  /** Adds to the gathered frame what belongs to it and returns where the rest begins. */
  #gather(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    if (this.#gathered < 4) {
      const headerEnd = Math.min(end, at + 4 - this.#gathered)
      this.#keep(bytes, at, headerEnd)
      at = headerEnd
      if (this.#gathered < 4) return at
    }
    const total = 4 + this.#length(this.#partial, 0)
    const partEnd = Math.min(end, at + total - this.#gathered)
    this.#keep(bytes, at, partEnd)
    if (this.#gathered === total) {
      this.#gathered = 0
      this.#sink.frame(this.#partial, 4, total)
      if (this.#partial.length > KEPT_BYTES) this.#partial = NONE
    }
    return partEnd
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#gathered + end - start
    if (needed > this.#partial.length) {
      const larger = new Uint8Array(Math.max(needed, this.#partial.length * 2, FIRST_PART_BYTES))
      larger.set(this.#partial.subarray(0, this.#gathered))
      this.#partial = larger
    }
    this.#partial.set(bytes.subarray(start, end), this.#gathered)
    this.#gathered = needed
  }

  #length(bytes: Uint8Array, at: number): number {
    const length = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    if (length < 0 || length > this.#bytesMax) throw new Error(`frame of ${length} bytes, at most ${this.#bytesMax}`)
    return length
  }
}
