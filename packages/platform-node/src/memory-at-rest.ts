/**
 * Memory that a burst of work leaves behind, given back once the process is at rest.
 *
 * V8 grows its young generation while what is made survives (sessions, a tree that is loaded) and, in a process that then
 * allocates next to nothing, never looks at it again: tens of MB, and three times as much with the two halves and what was
 * promoted too early. One collection that is told to save memory makes it small again.
 */
import { getHeapStatistics } from 'node:v8'
import type { Logger } from '@menagerie/core'

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

const LOOK_EVERY_MS = 500
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

/**
 * Watches this process until the function that is returned is called. It keeps nobody alive, and is for a process that is
 * a server and nothing else: whoever embeds one decides about the memory of the whole.
 */
export function returnMemoryAtRest(logger: Logger): () => void {
  const detector = new RestDetector()
  let since = now()
  const timer = setInterval(async () => {
    const { total_heap_size, used_heap_size } = getHeapStatistics()
    const { cpuMs, timeMs } = now()
    const sample = {
      cpuMs: cpuMs - since.cpuMs,
      elapsedMs: timeMs - since.timeMs,
      heapBytes: total_heap_size,
      usedBytes: used_heap_size,
    }
    since = { cpuMs, timeMs }
    if (!detector.look(sample)) return
    try {
      await collect()
    } catch (error) {
      clearInterval(timer)
      logger.debug({ err: error }, 'memory is not given back at rest: this Node.js cannot be told to')
    }
    // What the collection itself took is not work.
    since = now()
  }, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Processor time of all threads, and time. */
function now(): { cpuMs: number; timeMs: number } {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, timeMs: performance.now() }
}

/** A full collection that saves memory. Node.js offers it through its inspector only, which opens no port for this. */
async function collect(): Promise<void> {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}
