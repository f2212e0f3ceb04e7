/** Bytes of a reply header behind the length: xid, zxid, err. Every frame that a server sends has as many. */
export const REPLY_HEAD = 16
/** Bytes of a request header behind the length: xid, type. */
export const REQUEST_HEAD = 8

/** Larger than any frame of the load; a length beyond it means that the two sides are out of step. */
const FRAME_MAX = 64 * 1024 * 1024

/**
 * Finds frames in a stream of chunks and looks at their heads only: a body is stepped over, never copied.
 * This is all that the load generator reads of a reply, so that it stays cheaper than the server it drives.
 */
export class FrameScanner {
  private toSkip = 0
  private held = 0
  private readonly head: Buffer

  /**
   * @param headBytes how many bytes behind the length `onHead` may look at
   * @param onHead called once per frame, in order. `at` is where the length starts in `bytes`; both are valid during
   *   the call only.
   */
  constructor(
    private readonly headBytes: number,
    private readonly onHead: (bytes: Buffer, at: number, length: number) => void,
  ) {
    this.head = Buffer.alloc(4 + headBytes)
  }

  /**
   * Takes the first `length` bytes of a chunk.
   * @throws Error when a frame is shorter than its head or absurdly long: nothing after that can be trusted.
   */
  push(chunk: Buffer, length: number): void {
    const headLength = 4 + this.headBytes
    let at = 0
    while (at < length) {
      if (this.toSkip > 0) {
        const skipped = Math.min(this.toSkip, length - at)
        this.toSkip -= skipped
        at += skipped
      } else if (this.held === 0 && length - at >= headLength) {
        this.frame(chunk, at)
        at += headLength
      } else {
        const taken = Math.min(headLength - this.held, length - at)
        chunk.copy(this.head, this.held, at, at + taken)
        this.held += taken
        at += taken
        if (this.held === headLength) {
          this.held = 0
          this.frame(this.head, 0)
        }
      }
    }
  }

  private frame(bytes: Buffer, at: number): void {
    const length = readInt(bytes, at)
    if (length < this.headBytes || length > FRAME_MAX) throw new Error(`a frame of ${length} bytes: out of step`)
    this.toSkip = length - this.headBytes
    this.onHead(bytes, at, length)
  }
}

/** A 32-bit big-endian integer, without the checks of Buffer.readInt32BE. */
export function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
