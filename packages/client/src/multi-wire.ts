/** Several operations as one request (opcodes 14 and 22): how they are written, and how their results are read. */
import { type JuteReader, type JuteWriter, KeeperCode, MarshallingError, OpCode } from '@menagerie/core/jute'
import type { RequestOptions } from './client-options.js'
import { KeeperError, MultiError } from './errors.js'
import { pathOf, readDataStat, readNames, readPath } from './operations/index.js'
import { refusalOf } from './refusal.js'
import type { Operation, Request } from './request.js'
import { readStat } from './stat.js'

/** Where a finished builder goes, and how it names paths. */
export interface BatchTarget {
  part(operation: Operation, path: string, data: Uint8Array | null, number: number, extra: unknown): Request
  submit<T>(operation: Operation<T>, parts: readonly Request[], options: RequestOptions | undefined): Promise<T>
}

const END = -1

function writeParts(writer: JuteWriter, request: Request, failed?: (index: number, error: unknown) => Error): void {
  for (const [index, part] of (request.extra as readonly Request[]).entries()) {
    writeHeader(writer, part.operation.opcode, false)
    try {
      part.operation.encode(writer, part)
    } catch (error) {
      throw failed?.(index, error) ?? error
    }
  }
  writeHeader(writer, END, true)
}

/** An operation that cannot be sent is refused as the server would refuse it. */
function writeTransaction(writer: JuteWriter, request: Request): void {
  writeParts(writer, request, (index, error) => {
    if (!(error instanceof KeeperError)) return error as Error
    const { length } = request.extra as readonly Request[]
    const codes: number[] = Array.from({ length }, (_, i) =>
      i < index ? KeeperCode.Ok : KeeperCode.RuntimeInconsistency,
    )
    codes[index] = error.code
    return new MultiError(error.code, error.path, index, codes, error)
  })
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

/** Results are tagged with their types; a refusal of one is a MultiError. */
export const MULTI: Operation<unknown[]> = {
  opcode: OpCode.multi,
  name: 'multi',
  encode: writeTransaction,
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
    const part = (request.extra as readonly Request[])[refused]
    throw new MultiError(codes[refused], pathOf(part), refused, codes, refusalOf(part, codes[refused]))
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

/** Results are tagged with their types, `error` for a refused one. */
export const MULTI_READ: Operation<unknown[]> = {
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
    case OpCode.error:
      return { type: 'error', error: refusalOf(part, reader.int()) }
  }
  throw new MarshallingError(`multiRead: result of type ${type}`)
}
