/** Adding, removing, asking for and setting again watches. The one-shot ones are a matter of the reads. */
import {
  AddWatchMode,
  type JuteReader,
  type JuteWriter,
  OpCode,
  SetWatches,
  SetWatches2,
  WatcherType,
} from '@menagerie/core/jute'
import type { Operation, Request } from '../request.js'
import { readNothing, refused, writePath } from './bodies.js'

const MODES: readonly number[] = Object.values(AddWatchMode)
const TYPES: readonly number[] = Object.values(WatcherType)

function writePathOneOf(writer: JuteWriter, request: Request, known: readonly number[], rule: string): void {
  writePath(writer, request)
  if (!known.includes(request.number)) throw refused(request, `${rule}, found ${request.number}`)
  writer.int(request.number)
}

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const ADD_WATCH: Operation = {
  opcode: OpCode.addWatch,
  name: 'addWatch',
  encode: (writer, request) => writePathOneOf(writer, request, MODES, 'mode must be an AddWatchMode'),
  decode: runExtra,
}

export const CHECK_WATCHES: Operation<void> = {
  opcode: OpCode.checkWatches,
  name: 'checkWatches',
  encode: (writer, request) => writePathOneOf(writer, request, TYPES, 'type must be a WatcherType'),
  decode: readNothing,
}

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const REMOVE_WATCHES: Operation = {
  opcode: OpCode.removeWatches,
  name: 'removeWatches',
  encode: (writer, request) => writePathOneOf(writer, request, TYPES, 'type must be a WatcherType'),
  decode: runExtra,
}

/** `extra` is the record. */
export const SET_WATCHES: Operation<void> = {
  opcode: OpCode.setWatches,
  name: 'setWatches',
  encode: (writer, request) => SetWatches.write(writer, request.extra as SetWatches),
  decode: readNothing,
}

/** `extra` is the record. */
export const SET_WATCHES2: Operation<void> = {
  opcode: OpCode.setWatches2,
  name: 'setWatches2',
  encode: (writer, request) => SetWatches2.write(writer, request.extra as SetWatches2),
  decode: readNothing,
}

function runExtra(_reader: JuteReader, request: Request): unknown {
  const agreed = request.extra as (request: Request) => unknown
  return agreed(request)
}
