/**
 * Chunks on their way from who has them, and cannot wait, to who takes them at a pace of its own. Who takes them learns of
 * their end, or of the error that has taken its place.
 */
export class ChunkPassage implements AsyncIterable<Uint8Array> {
  private waiting: Uint8Array[] = []
  private bytes = 0
  private ended = false
  private failure: Error | null = null
  private wake: () => void = () => {}

  /** How much waits to be taken. */
  get waitingBytes(): number {
    return this.bytes
  }

  /** The array is the passage's from now on. After the end, or a failure, it is dropped. */
  push(chunk: Uint8Array): void {
    if (this.ended || this.failure !== null || chunk.length === 0) return
    this.waiting.push(chunk)
    this.bytes += chunk.length
    this.wake()
  }

  /** Nothing more comes. */
  end(): void {
    this.ended = true
    this.wake()
  }

  /** What waits is dropped: whoever takes the next chunk gets the error. The first one counts. */
  fail(error: Error): void {
    this.failure ??= error
    this.waiting = []
    this.bytes = 0
    this.wake()
  }

  /** For one reader. One that stops early has the rest dropped. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (this.failure !== null) throw this.failure
        const chunk = this.waiting.shift()
        if (chunk !== undefined) {
          this.bytes -= chunk.length
          yield chunk
        } else if (this.ended) return
        else {
          await new Promise<void>(resolve => {
            this.wake = resolve
          })
        }
      }
    } finally {
      this.fail(NOBODY_TAKES)
    }
  }
}

const NOBODY_TAKES = new Error('nobody takes the chunks any more')
