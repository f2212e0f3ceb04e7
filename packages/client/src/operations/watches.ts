/** Adding, removing, asking for and setting again watches. The one-shot ones are a matter of the reads. */
import { type JuteReader, OpCode, SetWatches, SetWatches2 } from '@menagerie/core/jute'
import type { Operation, Request } from '../request.js'
import { readNothing, writePathNumber } from './bodies.js'

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const ADD_WATCH: Operation = {
  opcode: OpCode.addWatch,
  name: 'addWatch',
  encode: writePathNumber,
  decode: runExtra,
}

export const CHECK_WATCHES: Operation<void> = {
  opcode: OpCode.checkWatches,
  name: 'checkWatches',
  encode: writePathNumber,
  decode: readNothing,
}

/** `extra` is run when the server has agreed, before any later event is looked at, and gives the result. */
export const REMOVE_WATCHES: Operation = {
  opcode: OpCode.removeWatches,
  name: 'removeWatches',
  encode: writePathNumber,
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
