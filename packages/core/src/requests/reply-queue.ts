/** A request that waits for its turn to be answered. */
export interface WaitingRequest {
  readonly xid: number
  readonly opcode: number
  /** The whole frame of a read; null for a write, which its proposal answers. */
  readonly frame: Uint8Array | null
  /** Monotonic time in ms. */
  readonly arrivedAt: number
  /** Of a request that was refused at once and waits for its place in the order of replies; otherwise Ok. */
  readonly refusal: number
  /** The reply to a write that was committed while reads before it waited for a slow client. */
  reply: Uint8Array | null
  /** A sync that the leader has not released yet. */
  held: boolean
}

/** How many requests are in progress, of all clients together. */
export interface ProgressCount {
  inProgress: number
}

/** What is shifted out is not moved up before it comes to this many, and half of what is kept. */
const SHIFTED_MAX = 256

/**
 * The requests of one client that are not answered yet, in the order in which they came and are answered.
 *
 * They count as in progress, except while their client does not read: nobody else is to wait for it.
 */
export class ReplyQueue {
  private entries: WaitingRequest[] = []
  private first = 0
  private counts = true

  constructor(private readonly progress: ProgressCount) {}

  get length(): number {
    return this.entries.length - this.first
  }

  get isEmpty(): boolean {
    return this.entries.length === 0
  }

  get head(): WaitingRequest | undefined {
    return this.entries[this.first]
  }

  push(xid: number, opcode: number, frame: Uint8Array | null, arrivedAt: number, refusal: number): WaitingRequest {
    const entry = { xid, opcode, frame, arrivedAt, refusal, reply: null, held: false }
    this.entries.push(entry)
    if (this.counts) this.progress.inProgress++
    return entry
  }

  /** Takes the head out: there has to be one. */
  shift(): WaitingRequest {
    const head = this.entries[this.first++]
    if (this.counts) this.progress.inProgress--
    if (this.first === this.entries.length) {
      this.entries = []
      this.first = 0
    } else if (this.first >= SHIFTED_MAX && this.first * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.first)
      this.first = 0
    }
    return head
  }

  /** The first write whose transaction is not known to be committed: they are committed in this order. */
  firstUncommitted(): WaitingRequest | undefined {
    for (let i = this.first; i < this.entries.length; i++) {
      const entry = this.entries[i]
      if (entry.frame === null && entry.reply === null) return entry
    }
    return undefined
  }

  /** Nobody waits for any of it any more. */
  clear(): void {
    if (this.counts) this.progress.inProgress -= this.length
    this.entries = []
    this.first = 0
  }

  /** What waits, and what comes, is no progress for now: the client does not read. */
  leaveProgress(): void {
    if (this.counts) this.progress.inProgress -= this.length
    this.counts = false
  }

  /** It reads again. */
  rejoinProgress(): void {
    if (!this.counts) this.progress.inProgress += this.length
    this.counts = true
  }
}
