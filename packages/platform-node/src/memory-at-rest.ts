/**
 * Memory that a burst of work leaves behind, given back once the process is at rest.
 *
 * V8 grows its young generation while what is made survives (sessions, a tree that is loaded) and, in a process that then
 * allocates next to nothing, never looks at it again: tens of MB, and three times as much with the two halves and what was
 * promoted too early. One collection that is told to save memory makes it small again.
 */
/** What the process used since the last look, and what its heap holds now. */
export interface RestSample {
  /** Milliseconds of processor time since the last look, of all threads. */
  readonly cpuMs: number
  /** Milliseconds since the last look. */
  readonly elapsedMs: number
  /** Memory of the heap, with what is free in it. */
  readonly heapBytes: number
  /** What is in it: alive, or garbage not collected yet. */
  readonly usedBytes: number
}

/** Share of one processor below which nobody is waiting for this process. */
const AT_REST = 0.05
/** A heap that has grown by less since the last collection is not worth another's pause. */
const WORTH_BYTES = 4 * 2 ** 20
/** The pause grows with what is alive: 40 to 70 ms for 15 MB. Above this it would be felt. */
const MOST_USED_BYTES = 48 * 2 ** 20
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 64_000

/**
 * Says when to collect: once after work has ended, where it pays. Bursts that follow one another are collected less and
 * less often, at last once in a minute.
 */
export class RestDetector {
  #worked = true
  #sinceCollectionMs = Number.POSITIVE_INFINITY
  #pauseMs = FIRST_PAUSE_MS
  /** What the last collection left, once it is known. */
  #leftBytes: number | undefined = 0

  /** True when the caller shall collect now. */
  look({ cpuMs, elapsedMs, heapBytes, usedBytes }: RestSample): boolean {
    this.#leftBytes ??= heapBytes
    this.#sinceCollectionMs += elapsedMs
    if (cpuMs >= elapsedMs * AT_REST) {
      this.#worked = true
      return false
    }
    if (!this.#worked || this.#sinceCollectionMs < this.#pauseMs) return false
    this.#worked = false
    if (heapBytes - this.#leftBytes < WORTH_BYTES || usedBytes > MOST_USED_BYTES) return false
    const often = this.#sinceCollectionMs < 2 * LONGEST_PAUSE_MS
    this.#pauseMs = often ? Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS
    this.#sinceCollectionMs = 0
    this.#leftBytes = undefined
    return true
  }
}

/** A full collection that saves memory. Node.js offers it through its inspector only, which opens no port for this. */
export async function collect(): Promise<void> {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}
