import { getHeapStatistics } from 'node:v8'
import type { Logger } from '@menagerie/core'
import { HeapGrowth } from './heap-growth.js'
import { collect, RestDetector } from './memory-at-rest.js'

const LOOK_EVERY_MS = 500

/**
 * Looks after the memory of this process until the function that is returned is called: gives a small heap room to grow in
 * ({@link HeapGrowth}), and back what is left of it once the process is at rest ({@link RestDetector}). It keeps nobody alive,
 * and is for a process that is a server and nothing else: whoever embeds one decides about the memory of the whole.
 */
export function tendMemory(logger: Logger): () => void {
  const growth = new HeapGrowth()
  const detector = new RestDetector()
  growth.adapt(getHeapStatistics().used_heap_size)
  let since = now()
  let cannotCollect = false
  const timer = setInterval(async () => {
    const { total_heap_size, used_heap_size } = getHeapStatistics()
    growth.adapt(used_heap_size)
    const { cpuMs, timeMs } = now()
    const sample = {
      cpuMs: cpuMs - since.cpuMs,
      elapsedMs: timeMs - since.timeMs,
      heapBytes: total_heap_size,
      usedBytes: used_heap_size,
    }
    since = { cpuMs, timeMs }
    if (!detector.look(sample) || cannotCollect) return
    try {
      await collect()
    } catch (error) {
      cannotCollect = true
      logger.debug({ err: error }, 'memory is not given back at rest: this Node.js cannot be told to')
    }
    // What the collection itself took is not work.
    since = now()
  }, LOOK_EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    growth.reset()
  }
}

/** Processor time of all threads, and time. */
function now(): { cpuMs: number; timeMs: number } {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, timeMs: performance.now() }
}
