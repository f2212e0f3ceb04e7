import { CreateMode, KeeperCode, OpCode } from '../jute/codes.js'
import { type JuteReader, MarshallingError } from '../jute/reader.js'
import type { ACL } from '../jute/records.js'
import type { Txn } from '../tree/txn.js'
import type { ReconfigChange } from '../zab/quorum/index.js'
import { prepareCloseSession } from './prepare/close-session.js'
import { type CreateRequest, prepareCreate } from './prepare/create.js'
import { prepareDelete, prepareDeleteContainer } from './prepare/delete.js'
import { type MultiOp, NullAclError, prepareMulti, readAcl, readCreate, readMulti } from './prepare/multi.js'
import type { Preparation, Refusal } from './prepare/preparation.js'
import { prepareReconfig } from './prepare/reconfig.js'
import { prepareSetAcl } from './prepare/set-acl.js'
import { prepareSetData } from './prepare/set-data.js'

/** A request that becomes a transaction. */
export type WriteRequest =
  | CreateRequest
  | { readonly type: typeof OpCode.delete; readonly path: string; readonly version: number }
  | { readonly type: typeof OpCode.deleteContainer; readonly path: string }
  | {
      readonly type: typeof OpCode.setData
      readonly path: string
      readonly data: Uint8Array | null
      readonly version: number
    }
  | {
      readonly type: typeof OpCode.setACL
      readonly path: string
      readonly acl: readonly ACL[] | null
      readonly version: number
    }
  | { readonly type: typeof OpCode.multi; readonly ops: readonly MultiOp[] }
  /** What makes no sense, but only when it is prepared: MarshallingError under a zxid of its own, as in Apache. */
  | { readonly type: typeof OpCode.error }
  | { readonly type: typeof OpCode.reconfig; readonly change: ReconfigChange }
  | { readonly type: typeof OpCode.createSession; readonly timeoutMs: number }
  | { readonly type: typeof OpCode.closeSession }

/** Whether a request makes a znode that lives as long as its session: a local session cannot. */
export function createsEphemeral(request: WriteRequest): boolean {
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
      return request.flags === CreateMode.EPHEMERAL || request.flags === CreateMode.EPHEMERAL_SEQUENTIAL
    case OpCode.multi:
      return request.ops.some(op => 'flags' in op && createsEphemeral(op))
    default:
      return false
  }
}

export function isWrite(opcode: number): boolean {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.deleteContainer:
    case OpCode.setData:
    case OpCode.setACL:
    case OpCode.multi:
    case OpCode.reconfig:
    case OpCode.closeSession:
      return true
    default:
      return false
  }
}

/** @throws MarshallingError for a body that is cut short or makes no sense; the request takes no zxid then. */
export function readWriteRequest(opcode: number, reader: JuteReader): WriteRequest {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return readCreate(opcode, reader) ?? UNREADABLE
    case OpCode.delete: {
      const path = reader.ustring()
      const version = reader.int()
      return path === null ? UNREADABLE : { type: OpCode.delete, path, version }
    }
    case OpCode.deleteContainer: {
      const path = reader.ustring()
      return path === null ? UNREADABLE : { type: OpCode.deleteContainer, path }
    }
    // A null path is an invalid one here: BadArguments.
    case OpCode.setData:
      return { type: OpCode.setData, path: reader.ustring() ?? '', data: reader.buffer(), version: reader.int() }
    case OpCode.setACL:
      return { type: OpCode.setACL, path: reader.ustring() ?? '', acl: readAcl(reader), version: reader.int() }
    case OpCode.multi: {
      const ops = readMultiOrNull(reader)
      return ops === null ? UNREADABLE : { type: OpCode.multi, ops }
    }
    case OpCode.reconfig: {
      const [joiningServers, leavingServers, newMembers] = [reader.ustring(), reader.ustring(), reader.ustring()]
      const curConfigId = reader.long()
      return { type: OpCode.reconfig, change: { joiningServers, leavingServers, newMembers, curConfigId } }
    }
    case OpCode.closeSession:
      return { type: OpCode.closeSession }
    default:
      throw new MarshallingError(`operation ${opcode} is not a write`)
  }
}

const UNREADABLE: WriteRequest = { type: OpCode.error }

function readMultiOrNull(reader: JuteReader): MultiOp[] | null {
  try {
    return readMulti(reader)
  } catch (error) {
    if (error instanceof MarshallingError && !(error instanceof NullAclError)) return null
    throw error
  }
}

/** Decides what a write comes to, against everything that is outstanding. */
export function prepareWrite(request: WriteRequest, p: Preparation): Txn | Refusal {
  switch (request.type) {
    case OpCode.delete:
      return prepareDelete(request.path, request.version, p)
    case OpCode.deleteContainer:
      return prepareDeleteContainer(request.path, p)
    case OpCode.setData:
      return prepareSetData(request.path, request.data, request.version, p)
    case OpCode.setACL:
      return prepareSetAcl(request.path, request.acl, request.version, p)
    case OpCode.multi:
      return prepareMulti(request.ops, p)
    case OpCode.error:
      return KeeperCode.MarshallingError
    case OpCode.reconfig:
      return prepareReconfig(request.change, p)
    case OpCode.createSession:
      return { type: OpCode.createSession, timeoutMs: request.timeoutMs }
    case OpCode.closeSession:
      return prepareCloseSession(p)
    default:
      return prepareCreate(request, p)
  }
}
