/** What the lock protects: a number in a file that is read, and later written, by different requests. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Fence, OPEN_FENCE, pass } from '../support/fence.js'
import { Refused } from '../support/json-over-http.js'

/** What a holder of the lock asks. */
export type Request =
  | { readonly op: 'read'; readonly token: number }
  | { readonly op: 'write'; readonly token: number; readonly value: number }

interface Stored {
  readonly value: number
  readonly fence: Fence
}

/**
 * The number and the newest fencing token, in one file: it would be of no use if a restart made it forget whom to refuse.
 * Reading counts as well: once a new holder has read, nobody before it may write any more.
 */
export class Counter {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** The value after the request. @throws Refused if a later holder of the lock has been here */
  handle(request: Request): number {
    const { value, fence } = this.#load()
    const after = pass(fence, 'exclusive', request.token)
    if (after === undefined) throw new Refused(`token ${request.token} is too old, ${fence.any} has been here`)
    const next = { value: request.op === 'write' ? request.value : value, fence: after }
    this.#store(next)
    return next.value
  }

  #load(): Stored {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Stored
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { value: 0, fence: OPEN_FENCE }
    }
  }

  /** As a whole or not at all. */
  #store(stored: Stored): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(stored))
    renameSync(`${this.#file}.new`, this.#file)
  }
}
