/** Writes that happen together or not at all. */
import type { Stat } from '@menagerie/core/jute'
import type { CreateOptions, RequestOptions } from './client-options.js'
import type { MultiCreateResult, MultiSetDataResult } from './multi.js'
import { type BatchTarget, MULTI } from './multi-wire.js'
import { CHECK, createExtra, createOperation, createWithStatOperation, DELETE, SET_DATA } from './operations/index.js'
import type { Operation, Request } from './request.js'

/** Of a create within a transaction: it is repeated, called off and protected as a whole or not at all. */
export type TransactionCreateOptions = Pick<CreateOptions, 'mode' | 'acl' | 'ttlMs'>

/** For operations that can be tied to a version. */
export interface VersionOptions {
  /** The one that the znode must have. Default -1: any. */
  readonly version?: number
}

/** One operation, behind those before it. */
interface Step {
  readonly before: Step | undefined
  readonly request: Request
  readonly resultOf: (tagged: unknown) => unknown
}

/**
 * A transaction under construction; `R` is the tuple of its results, in the order of its operations.
 *
 * Each method returns a new builder with one operation more, and leaves this one as it is. Nothing is sent before
 * {@link Transaction.commit}. The operations are carried out in order, each on what those before it have left, and
 * all or none. For a number of operations that is known only at run time:
 *
 * ```ts
 * let transaction: Transaction<string[]> = client.transaction()
 * for (const path of paths) transaction = transaction.create(path)
 * ```
 */
export class Transaction<R extends readonly unknown[] = []> {
  readonly #target: BatchTarget
  readonly #last: Step | undefined

  /** @internal Use `client.transaction()`. */
  constructor(target: BatchTarget, last?: Step) {
    this.#target = target
    this.#last = last
  }

  /** Results in the new znode's path, with the sequence number that the mode may have added. */
  create(
    path: string,
    data: Uint8Array | null = null,
    options: TransactionCreateOptions = {},
  ): Transaction<[...R, string]> {
    const mode = options.mode ?? 0
    return this.#with(createOperation(mode), path, data, mode, pathOf, createExtra(options))
  }

  /** Results in path and Stat; servers before 3.9 leave the Stat out, it is null then. */
  createWithStat(
    path: string,
    data: Uint8Array | null = null,
    options: TransactionCreateOptions = {},
  ): Transaction<[...R, { path: string; stat: Stat | null }]> {
    const mode = options.mode ?? 0
    return this.#with(createWithStatOperation(mode), path, data, mode, pathAndStatOf, createExtra(options))
  }

  /** Results in the Stat after the change. */
  setData(path: string, data: Uint8Array | null, options: VersionOptions = {}): Transaction<[...R, Stat]> {
    return this.#with(SET_DATA, path, data, options.version ?? -1, statOf)
  }

  /** Results in undefined. */
  delete(path: string, options: VersionOptions = {}): Transaction<[...R, undefined]> {
    return this.#with(DELETE, path, null, options.version ?? -1, nothing)
  }

  /** Makes the whole depend on this znode being there, with this version. Results in undefined. */
  check(path: string, options: VersionOptions = {}): Transaction<[...R, undefined]> {
    return this.#with(CHECK, path, null, options.version ?? -1, nothing)
  }

  /**
   * Sends it, and resolves with the results in order.
   * @throws MultiError one operation was refused, and nothing happened: its `index`, `refused`, `path` and `code`,
   *   the `codes` of all, and as `cause` the error that it alone would have failed with
   */
  async commit(options?: RequestOptions): Promise<R> {
    const steps: Step[] = []
    for (let step = this.#last; step !== undefined; step = step.before) steps.push(step)
    steps.reverse()
    const requests = steps.map(({ request }) => request)
    const results = await this.#target.submit(MULTI, requests, options)
    return results.map((result, i) => steps[i].resultOf(result)) as readonly unknown[] as R
  }

  #with<T>(
    operation: Operation,
    path: string,
    data: Uint8Array | null,
    number: number,
    resultOf: (tagged: never) => T,
    extra?: unknown,
  ): Transaction<[...R, T]> {
    const request = this.#target.part(operation, path, data, number, extra)
    return new Transaction(this.#target, {
      before: this.#last,
      request,
      resultOf: resultOf as (tagged: unknown) => unknown,
    })
  }
}

const pathOf = ({ path }: MultiCreateResult): string => path
const pathAndStatOf = ({ path, stat }: MultiCreateResult): { path: string; stat: Stat | null } => ({ path, stat })
const statOf = ({ stat }: MultiSetDataResult): Stat => stat
const nothing = (): undefined => undefined
