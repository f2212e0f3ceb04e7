/** Reading, changing and deleting znodes, and sync. */
import { type ACL, GetACLResponse, KeeperCode, OpCode, type Stat } from '@menagerie/core/jute'
import type { Operation } from '../request.js'
import { readStat } from '../stat.js'
import {
  readDataStat,
  readNames,
  readNothing,
  readOnlyStat,
  readPath,
  readPaths,
  refused,
  versionFailure,
  writePath,
  writePathDataVersion,
  writePathVersion,
  writePathWatch,
  writeVersion,
} from './bodies.js'
import { writeAcl } from './create.js'

export const DELETE: Operation<void> = {
  opcode: OpCode.delete,
  name: 'delete',
  encode: writePathVersion,
  decode: readNothing,
  failure: versionFailure,
}

export const EXISTS: Operation<Stat | null> = {
  opcode: OpCode.exists,
  name: 'exists',
  encode: writePathWatch,
  decode: readOnlyStat,
  refused: code => (code === KeeperCode.NoNode ? null : undefined),
  watch: 'data',
}

export const GET_DATA: Operation<{ data: Uint8Array | null; stat: Stat }> = {
  opcode: OpCode.getData,
  name: 'getData',
  encode: writePathWatch,
  decode: readDataStat,
  watch: 'data',
}

export const SET_DATA: Operation<Stat> = {
  opcode: OpCode.setData,
  name: 'setData',
  encode: writePathDataVersion,
  decode: readOnlyStat,
  failure: versionFailure,
}

/** Stands only within a multi. */
export const CHECK: Operation<void> = {
  opcode: OpCode.check,
  name: 'check',
  encode: writePathVersion,
  decode: readNothing,
  failure: versionFailure,
}

export const GET_ACL: Operation<{ acl: ACL[]; stat: Stat }> = {
  opcode: OpCode.getACL,
  name: 'getACL',
  encode: writePath,
  decode(reader) {
    const { acl, stat } = GetACLResponse.read(reader)
    return { acl: acl ?? [], stat }
  },
}

export const SET_ACL: Operation<Stat> = {
  opcode: OpCode.setACL,
  name: 'setACL',
  encode(writer, request) {
    writePath(writer, request)
    writeAcl(writer, request, request.extra as ACL[] | null)
    writeVersion(writer, request)
  },
  decode: readOnlyStat,
  failure: versionFailure,
}

export const GET_CHILDREN: Operation<string[]> = {
  opcode: OpCode.getChildren,
  name: 'getChildren',
  encode: writePathWatch,
  decode: readNames,
  watch: 'child',
}

export const GET_CHILDREN2: Operation<{ children: string[]; stat: Stat }> = {
  opcode: OpCode.getChildren2,
  name: 'getChildren',
  encode: writePathWatch,
  decode: reader => ({ children: readNames(reader), stat: readStat(reader) }),
  watch: 'child',
}

export const GET_ALL_CHILDREN_NUMBER: Operation<number> = {
  opcode: OpCode.getAllChildrenNumber,
  name: 'getAllChildrenNumber',
  encode: writePath,
  decode: reader => reader.int(),
}

export const GET_EPHEMERALS: Operation<string[]> = {
  opcode: OpCode.getEphemerals,
  name: 'getEphemerals',
  encode(writer, request) {
    const { path, chrootLength } = request
    if (typeof path !== 'string' || !path.startsWith('/')) throw refused(request, 'the prefix must begin with a slash')
    // The chroot's own path is also how the paths of znodes beside it begin.
    writer.ustring(path.length === chrootLength ? `${path}/` : path)
  },
  decode: readPaths,
}

export const SYNC: Operation<string> = { opcode: OpCode.sync, name: 'sync', encode: writePath, decode: readPath }
