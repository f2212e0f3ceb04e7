/** Reads that travel together. */
import type { Stat } from '@menagerie/core/jute'
import type { RequestOptions } from './client-options.js'
import type { KeeperError } from './errors.js'
import type { MultiReadChildren, MultiReadData, MultiReadFailure } from './multi.js'
import { type BatchTarget, MULTI_READ } from './multi-wire.js'
import { GET_CHILDREN, GET_DATA } from './operations/index.js'
import type { Operation, Request } from './request.js'

type TaggedRead = MultiReadData | MultiReadChildren | MultiReadFailure

/** One read, behind those before it. */
interface Step {
  readonly before: Step | undefined
  readonly request: Request
}

/**
 * Reads under construction, for one request (servers since 3.6); `R` is the tuple of their results, in order. Each
 * succeeds or fails by itself: a result is the value, or the {@link KeeperError} that the read alone would have failed
 * with, to be told apart by `instanceof KeeperError`.
 *
 * Each method returns a new builder with one read more, and leaves this one as it is. Nothing is sent before
 * {@link Reads.send}.
 */
export class Reads<R extends readonly unknown[] = []> {
  readonly #target: BatchTarget
  readonly #last: Step | undefined

  /** @internal Use `client.reads()`. */
  constructor(target: BatchTarget, last?: Step) {
    this.#target = target
    this.#last = last
  }

  /** Reads data and Stat. */
  getData(path: string): Reads<[...R, { data: Uint8Array | null; stat: Stat } | KeeperError]> {
    return this.#with(GET_DATA, path)
  }

  /** Names, in no particular order. */
  getChildren(path: string): Reads<[...R, string[] | KeeperError]> {
    return this.#with(GET_CHILDREN, path)
  }

  /** Sends them, and resolves with the results in order. Rejects only where the request as a whole fails. */
  async send(options?: RequestOptions): Promise<R> {
    const requests: Request[] = []
    for (let step = this.#last; step !== undefined; step = step.before) requests.push(step.request)
    const results = await this.#target.submit(MULTI_READ, requests.reverse(), options)
    return (results as TaggedRead[]).map(untagged) as readonly unknown[] as R
  }

  #with<T>(operation: Operation, path: string): Reads<[...R, T]> {
    return new Reads(this.#target, { before: this.#last, request: this.#target.part(operation, path, null, 0, null) })
  }
}

function untagged(result: TaggedRead): unknown {
  if (result.type === 'error') return result.error
  return result.type === 'getData' ? { data: result.data, stat: result.stat } : result.children
}
