import { setFlagsFromString } from 'node:v8'

/** A heap with less in it is given room. A larger one has enough, and V8 knows better how much. */
const SMALL_BYTES = 64 * 2 ** 20
/** To three times what is alive. */
const ROOMY_PERCENT = 200
const AS_V8_SEES_FIT = 0

/**
 * By how many percent a heap may grow over what is alive in it before V8 collects all of it.
 *
 * A server's heap is small (12 MB for a thousand znodes), and under load more than a hundred MB of buffers beside it come
 * and go in each second. V8 counts these as growth until its next young collection has found them dead, and leaves a small
 * heap 8 MB to grow: of three servers under pipelined writes, each collected all of its heap up to six times a second.
 *
 * @param usedBytes what is in the heap
 */
export function growingPercent(usedBytes: number): number {
  return usedBytes < SMALL_BYTES ? ROOMY_PERCENT : AS_V8_SEES_FIT
}

/** Tells V8, whose flag it is for the whole process. */
export class HeapGrowth {
  #percent = AS_V8_SEES_FIT

  constructor(private readonly setFlag: (flag: string) => void = setFlagsFromString) {}

  /** @param usedBytes what is in the heap now */
  adapt(usedBytes: number): void {
    this.#set(growingPercent(usedBytes))
  }

  /** As if it had never been told. */
  reset(): void {
    this.#set(AS_V8_SEES_FIT)
  }

  #set(percent: number): void {
    if (percent === this.#percent) return
    this.#percent = percent
    this.setFlag(`--heap-growing-percent=${percent}`)
  }
}
