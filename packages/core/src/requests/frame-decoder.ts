/**
 * Cuts a connection's bytes into frames: four bytes of length, big endian, then as many bytes of body.
 * Pure: no socket and no clock, so that TCP, TLS, memory and simulation share it.
 *
 * The first thing on a connection may be a four-letter word instead. Four lowercase letters would be a
 * length above 1.6 GB, so nothing is lost by taking them for a word, known or not.
 */

/** Receives what the decoder finds. A client's `ConnectionHandler` is one. */
export interface FrameSink {
  /** One frame without its length: `bytes[start, end)`, in the chunk that was pushed or in an array of its own. */
  frame(bytes: Uint8Array, start: number, end: number): void
  /** A four-letter word, and what it carries: eight bytes after `stmk`, nothing after the others. */
  word(text: string, argument: Uint8Array): void
}

export interface FrameDecoderOptions {
  /** The longest frame. */
  readonly frameBytesMax: number
  /** The longest first frame, where that is less. Default: `frameBytesMax`. */
  readonly firstFrameBytesMax?: number
}

/**
 * The longest connect request that is worth waiting for. The real ones have 44 or 45 bytes; before it,
 * nobody knows who is talking, so the limit is far below that of other frames.
 */
export const CONNECT_REQUEST_BYTES_MAX = 16_384

const LENGTH_BYTES = 4
/** `stmk` is the only word with an argument: a trace mask, as a long. */
const SET_TRACE_MASK = 0x73746d6b
const TRACE_MASK_BYTES = 8
/** A split frame up to this size gets its whole array at once; see `capacity`. */
const EAGER_BYTES = 4096
/** How much larger than the bytes received the array of a split frame may be. */
const GROWTH = 4
const NOTHING = new Uint8Array(0)

/** Cuts the bytes of a connection into frames: four bytes of length, then so many. */
export class FrameDecoder {
  private readonly frameBytesMax: number
  private lengthMax: number
  private stopped = false
  private foundFirst = false
  /** A length under way: how many of its bytes are there, and their value so far. */
  private lengthBytes = 0
  private length = 0
  /** A body under way, split over chunks: the array, and how much of it is filled. */
  private body: Uint8Array | undefined
  private bodyBytes = 0
  /** The word that was found; its argument may be awaited still. */
  private word = ''
  private faultText: string | undefined

  constructor(options: FrameDecoderOptions) {
    this.frameBytesMax = options.frameBytesMax
    this.lengthMax = Math.min(options.frameBytesMax, options.firstFrameBytesMax ?? options.frameBytesMax)
  }

  /** A first complete frame or word has been handed over. */
  get started(): boolean {
    return this.foundFirst
  }

  /** What was handed over was a word. */
  get foundWord(): boolean {
    return this.foundFirst && this.word !== ''
  }

  /** What is wrong with the stream; nothing more is decoded then. */
  get fault(): string | undefined {
    return this.faultText
  }

  /** Decodes nothing more: neither the rest of the present chunk nor a later one. */
  stop(): void {
    this.stopped = true
    this.body = undefined
  }

  /**
   * Hands every frame that `chunk` completes to `sink`, in order, and keeps a copy of the rest: the array is the
   * caller's again. Returns how many frames were handed over; the caller then looks at {@link fault}.
   */
  push(chunk: Uint8Array, sink: FrameSink): number {
    const end = chunk.length
    let at = 0
    let frames = 0
    while (at < end && !this.stopped) {
      if (this.body !== undefined) {
        at = this.fill(this.body, chunk, at)
        if (this.bodyBytes < this.length) break
        if (this.finish(sink)) frames++
        continue
      }
      if (this.lengthBytes === 0 && end - at >= LENGTH_BYTES) {
        this.length = (chunk[at] << 24) | (chunk[at + 1] << 16) | (chunk[at + 2] << 8) | chunk[at + 3]
        at += LENGTH_BYTES
      } else {
        this.length = (this.length << 8) | chunk[at++]
        if (++this.lengthBytes < LENGTH_BYTES) continue
        this.lengthBytes = 0
      }
      if (!this.accepts(this.length, sink)) continue
      if (end - at < this.length) {
        this.bodyBytes = 0
        this.body = new Uint8Array(this.capacity(end - at))
        continue
      }
      const start = at
      at += this.length
      this.noteStarted()
      frames++
      sink.frame(chunk, start, at)
    }
    return frames
  }

  /** Whether a body of this length follows; otherwise a word or a fault has been dealt with. */
  private accepts(length: number, sink: FrameSink): boolean {
    if (length > 0 && length <= this.lengthMax) return true
    if (!this.foundFirst && isWord(length)) {
      const text = String.fromCharCode(length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff)
      this.word = text
      if (length === SET_TRACE_MASK) {
        this.length = TRACE_MASK_BYTES
        this.bodyBytes = 0
        this.body = new Uint8Array(TRACE_MASK_BYTES)
      } else {
        this.finishWord(NOTHING, sink)
      }
      return false
    }
    this.faultText = `a frame length of ${length}, outside 1 to ${this.lengthMax}`
    this.stop()
    return false
  }

  /** Copies what belongs to the split body; returns where the rest of the chunk starts. */
  private fill(body: Uint8Array, chunk: Uint8Array, at: number): number {
    const count = Math.min(this.length - this.bodyBytes, chunk.length - at)
    let target = body
    if (this.bodyBytes + count > body.length) {
      target = new Uint8Array(this.capacity(this.bodyBytes + count))
      target.set(body.subarray(0, this.bodyBytes))
      this.body = target
    }
    target.set(at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count), this.bodyBytes)
    this.bodyBytes += count
    return at + count
  }

  /** Hands over the split body. True if it was a frame rather than a word's argument. */
  private finish(sink: FrameSink): boolean {
    const body = this.body!
    this.body = undefined
    if (this.word !== '') {
      this.finishWord(body, sink)
      return false
    }
    this.noteStarted()
    sink.frame(body, 0, this.length)
    return true
  }

  private finishWord(argument: Uint8Array, sink: FrameSink): void {
    this.foundFirst = true
    this.stop()
    sink.word(this.word, argument)
  }

  private noteStarted(): void {
    if (this.foundFirst) return
    this.foundFirst = true
    this.lengthMax = this.frameBytesMax
  }

  /**
   * How large the array of a split body should be once `received` of its bytes are there. A length is
   * only a claim: four bytes must not be able to reserve a megabyte, and a large frame must not be
   * copied again for each piece.
   */
  private capacity(received: number): number {
    return Math.min(this.length, Math.max(EAGER_BYTES, received * GROWTH))
  }
}

/** Whether the four bytes of this length are lowercase ASCII letters. */
function isWord(length: number): boolean {
  return (
    isLetter(length >>> 24) &&
    isLetter((length >> 16) & 0xff) &&
    isLetter((length >> 8) & 0xff) &&
    isLetter(length & 0xff)
  )
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}
