import type { Client } from '@menagerie/client'
import { argument } from '../base/paths.js'
import { AtomicLong } from './counters.js'

/**
 * Numbers that are given out once (hi/lo): blocks are taken from an {@link AtomicLong}, numbers from the block without
 * asking anybody.
 *
 * **Guarantee**: no number is given out twice, by whatever process; each process sees its own rise. Numbers of a block that
 * is not used up are left out when its process ends, and so is a block whose taking was not answered.
 */
export class IdGenerator {
  readonly #counter: AtomicLong
  readonly #block: bigint
  #next = 0n
  #end = 0n
  #taking: Promise<void> | undefined

  /** @param options `block`: how many numbers are taken at a time, default 1000 @throws RECIPE_ARGUMENT */
  constructor(client: Client, path: string, { block = 1000 }: { readonly block?: number } = {}) {
    if (!Number.isSafeInteger(block) || block < 1) throw argument(`a block has one number at least, found ${block}`)
    this.#counter = new AtomicLong(client, path)
    this.#block = BigInt(block)
  }

  /** The next number, from 0. @throws SessionExpiredError, ClientClosedError */
  async next(): Promise<bigint> {
    while (this.#next === this.#end) {
      this.#taking ??= this.#take().finally(() => {
        this.#taking = undefined
      })
      await this.#taking
    }
    return this.#next++
  }

  async #take(): Promise<void> {
    for (;;) {
      try {
        const { before, after } = await this.#counter.add(this.#block)
        this.#next = before
        this.#end = after
        return
      } catch (error) {
        // A block that may have been taken is not used: numbers are plenty.
        if ((error as { code?: unknown }).code !== 'RECIPE_OUTCOME_UNKNOWN') throw error
      }
    }
  }
}
