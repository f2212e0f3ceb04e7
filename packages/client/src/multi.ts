/**
 * Several operations as one request, each result with its type as a tag, for those who treat results alike. The
 * builders of transaction.ts and reads.ts give plain values.
 */
import type { Stat } from '@menagerie/core/jute'
import type { CreateOptions, RequestOptions } from './client-options.js'
import type { KeeperError } from './errors.js'
import { type BatchTarget, MULTI, MULTI_READ } from './multi-wire.js'
import {
  CHECK,
  createExtra,
  createOperation,
  createWithStatOperation,
  DELETE,
  GET_CHILDREN,
  GET_DATA,
  SET_DATA,
} from './operations/index.js'
import type { Operation, Request } from './request.js'

/** What each operation of a multi gives. */
export interface MultiCreateResult {
  /** The operation. */
  readonly type: 'create'
  /** Of the new znode, with the sequence number that its mode may have added; relative to the chroot. */
  readonly path: string
  /** Null from servers that answer with the path only (all before 3.9, and create without Stat). */
  readonly stat: Stat | null
}
/** Of a change of data. */
export interface MultiSetDataResult {
  /** The operation. */
  readonly type: 'setData'
  /** After the change. */
  readonly stat: Stat
}
/** Of a delete. */
export interface MultiDeleteResult {
  /** The operation. */
  readonly type: 'delete'
}
/** Of a check that held. */
export interface MultiCheckResult {
  /** The operation. */
  readonly type: 'check'
}

/**
 * A transaction under construction. Operations are carried out in order, all or none.
 *
 * Each method adds one operation and returns the builder; nothing is sent before {@link Multi.commit}.
 */
export class Multi<R extends readonly unknown[] = []> {
  readonly #target: BatchTarget
  readonly #parts: Request[] = []

  /** @internal */
  constructor(target: BatchTarget) {
    this.#target = target
  }

  /** With `stat: true` the result has the new znode's Stat, from servers that know that (3.9). */
  create(
    path: string,
    data: Uint8Array | null = null,
    options: CreateOptions & { stat?: boolean } = {},
  ): Multi<[...R, MultiCreateResult]> {
    const mode = options.mode ?? 0
    const operation = options.stat === true ? createWithStatOperation(mode) : createOperation(mode)
    return this.#add(operation, path, data, mode, createExtra(options))
  }

  /** @param version the one it must have; -1 for any. */
  delete(path: string, version = -1): Multi<[...R, MultiDeleteResult]> {
    return this.#add(DELETE, path, null, version)
  }

  /** @param version the one it must have; -1 for any. */
  setData(path: string, data: Uint8Array | null, version = -1): Multi<[...R, MultiSetDataResult]> {
    return this.#add(SET_DATA, path, data, version)
  }

  /** Makes the whole depend on this znode being there with this version; -1 for any. */
  check(path: string, version = -1): Multi<[...R, MultiCheckResult]> {
    return this.#add(CHECK, path, null, version)
  }

  /**
   * Sends it. @throws MultiError if one operation was refused: nothing happened then.
   */
  commit(options?: RequestOptions): Promise<R> {
    return this.#target.submit(MULTI, this.#parts, options) as Promise<unknown> as Promise<R>
  }

  #add<T>(
    operation: Operation,
    path: string,
    data: Uint8Array | null,
    number: number,
    extra?: unknown,
  ): Multi<[...R, T]> {
    this.#parts.push(this.#target.part(operation, path, data, number, extra))
    return this as unknown as Multi<[...R, T]>
  }
}

/** What a read gives within a multiRead. */
export interface MultiReadFailure {
  /** That it failed. */
  readonly type: 'error'
  /** What the read alone would have failed with. */
  readonly error: KeeperError
}
/** Of a read of data. */
export interface MultiReadData {
  /** The read. */
  readonly type: 'getData'
  /** Null where the znode was created without data. */
  readonly data: Uint8Array | null
  /** As of the data. */
  readonly stat: Stat
}

/** Of a list of children. */
export interface MultiReadChildren {
  /** The read. */
  readonly type: 'getChildren'
  /** Names, in no particular order. */
  readonly children: string[]
}

/** Reads that travel as one request (servers since 3.6). Each succeeds or fails by itself. */
export class MultiRead<R extends readonly unknown[] = []> {
  readonly #target: BatchTarget
  readonly #parts: Request[] = []

  /** @internal */
  constructor(target: BatchTarget) {
    this.#target = target
  }

  /** Reads data and Stat. */
  getData(path: string): MultiRead<[...R, MultiReadData | MultiReadFailure]> {
    return this.#add(GET_DATA, path)
  }

  /** Reads the names of the children, in no particular order. */
  getChildren(path: string): MultiRead<[...R, MultiReadChildren | MultiReadFailure]> {
    return this.#add(GET_CHILDREN, path)
  }

  /** Sends it. */
  commit(options?: RequestOptions): Promise<R> {
    return this.#target.submit(MULTI_READ, this.#parts, options) as Promise<unknown> as Promise<R>
  }

  #add<T>(operation: Operation, path: string): MultiRead<[...R, T]> {
    this.#parts.push(this.#target.part(operation, path, null, 0, null))
    return this as unknown as MultiRead<[...R, T]>
  }
}
