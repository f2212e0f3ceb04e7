/** Several operations as one request: writes that happen together or not at all, and bundled reads. */
import { type JuteReader, type JuteWriter, KeeperCode, MarshallingError, OpCode, type Stat } from '@menagerie/core/jute'
import type { CreateOptions, RequestOptions } from './client-options.js'
import { keeperError, MultiError } from './errors.js'
import {
  CHECK,
  createExtra,
  createOperation,
  createWithStatOperation,
  DELETE,
  GET_CHILDREN,
  GET_DATA,
  readDataStat,
  readNames,
  readPath,
  SET_DATA,
  stripChroot,
} from './operations.js'
import type { Operation, Request } from './request.js'
import { readStat } from './stat.js'

/** What each operation of a multi gives. */
export interface MultiCreateResult {
  readonly type: 'create'
  readonly path: string
  /** Null from servers that answer with the path only (all before 3.9, and create without Stat). */
  readonly stat: Stat | null
}
export interface MultiSetDataResult {
  readonly type: 'setData'
  readonly stat: Stat
}
export interface MultiDeleteResult {
  readonly type: 'delete'
}
export interface MultiCheckResult {
  readonly type: 'check'
}

/** Where a finished builder goes, and how it names paths. */
export interface BatchTarget {
  part(operation: Operation, path: string, data: Uint8Array | null, number: number, extra: unknown): Request
  submit<T>(operation: Operation<T>, parts: readonly Request[], options: RequestOptions | undefined): Promise<T>
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
  readonly type: 'error'
  readonly error: Error
}
export type MultiReadData = { readonly type: 'getData'; readonly data: Uint8Array | null; readonly stat: Stat }
export type MultiReadChildren = { readonly type: 'getChildren'; readonly children: string[] }

/** Reads that travel as one request (servers since 3.6). Each succeeds or fails by itself. */
export class MultiRead<R extends readonly unknown[] = []> {
  readonly #target: BatchTarget
  readonly #parts: Request[] = []

  /** @internal */
  constructor(target: BatchTarget) {
    this.#target = target
  }

  getData(path: string): MultiRead<[...R, MultiReadData | MultiReadFailure]> {
    return this.#add(GET_DATA, path)
  }

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

// --- the wire

const END = -1

function writeParts(writer: JuteWriter, request: Request): void {
  for (const part of request.extra as readonly Request[]) {
    writeHeader(writer, part.operation.opcode, false)
    part.operation.encode(writer, part)
  }
  writeHeader(writer, END, true)
}

function writeHeader(writer: JuteWriter, type: number, done: boolean): void {
  writer.int(type)
  writer.bool(done)
  writer.int(-1)
}

/** Calls `one` for every result, with its type (-1: an error code follows). */
function readParts(reader: JuteReader, request: Request, one: (type: number, part: Request) => void): void {
  const parts = request.extra as readonly Request[]
  for (let index = 0; ; index++) {
    const type = reader.int()
    const done = reader.bool()
    reader.int()
    if (done !== (index === parts.length)) {
      throw new MarshallingError(
        `${request.operation.name}: ${parts.length} operations, result ${index} says done=${done}`,
      )
    }
    if (done) return
    one(type, parts[index])
  }
}

const MULTI: Operation<unknown[]> = {
  opcode: OpCode.multi,
  name: 'multi',
  encode: writeParts,
  decode(reader, request) {
    const codes: number[] = []
    const results: unknown[] = []
    readParts(reader, request, (type, part) => {
      if (type === OpCode.error) codes.push(reader.int())
      else {
        codes.push(KeeperCode.Ok)
        results.push(readWriteResult(reader, type, part))
      }
    })
    const refused = codes.findIndex(code => code !== KeeperCode.Ok)
    if (refused === -1) return results
    const { path, chrootLength } = (request.extra as readonly Request[])[refused]
    throw new MultiError(codes[refused], stripChroot(path, chrootLength), refused, codes)
  },
}

function readWriteResult(reader: JuteReader, type: number, part: Request): unknown {
  switch (type) {
    case OpCode.create:
      return { type: 'create', path: readPath(reader, part), stat: null }
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { type: 'create', path: readPath(reader, part), stat: readStat(reader) }
    case OpCode.setData:
      return { type: 'setData', stat: readStat(reader) }
    case OpCode.delete:
      return { type: 'delete' }
    case OpCode.check:
      return { type: 'check' }
  }
  throw new MarshallingError(`multi: result of type ${type}`)
}

const MULTI_READ: Operation<unknown[]> = {
  opcode: OpCode.multiRead,
  name: 'multiRead',
  encode: writeParts,
  decode(reader, request) {
    const results: unknown[] = []
    readParts(reader, request, (type, part) => results.push(readReadResult(reader, type, part)))
    return results
  },
}

function readReadResult(reader: JuteReader, type: number, part: Request): unknown {
  switch (type) {
    case OpCode.getData:
      return { type: 'getData', ...readDataStat(reader) }
    case OpCode.getChildren:
      return { type: 'getChildren', children: readNames(reader) }
    case OpCode.error: {
      const path = stripChroot(part.path, part.chrootLength)
      return { type: 'error', error: keeperError(reader.int(), part.operation.name, path) }
    }
  }
  throw new MarshallingError(`multiRead: result of type ${type}`)
}
