import { CreateMode, KeeperCode, OpCode } from '../../jute/codes.js'
import { type JuteReader, MarshallingError } from '../../jute/reader.js'
import { ACL } from '../../jute/records.js'
import { JuteWriter } from '../../jute/writer.js'
import { OPEN_ACL } from '../../tree/acl-table.js'
import type { MultiTxn, SubTxn } from '../../tree/txn.js'
import { type CreateRequest, prepareCreate } from './create.js'
import { prepareDelete } from './delete.js'
import { isRefusal, type Preparation, type Refusal } from './preparation.js'
import { prepareCheck, prepareSetData } from './set-data.js'

/** One operation of a multi, as the request carries it. */
export type MultiOp =
  | CreateRequest
  | { readonly type: typeof OpCode.delete; readonly path: string; readonly version: number }
  | {
      readonly type: typeof OpCode.setData
      readonly path: string
      readonly data: Uint8Array | null
      readonly version: number
    }
  | { readonly type: typeof OpCode.check; readonly path: string; readonly version: number }

/** A create in a multi without a list of ACLs: the one thing that a multi may not hold and that takes no zxid, as in Apache. */
export class NullAclError extends MarshallingError {}

/** @throws MarshallingError for anything that a multi may not hold. */
export function readMulti(reader: JuteReader): MultiOp[] {
  const ops: MultiOp[] = []
  for (;;) {
    const type = reader.int()
    const done = reader.bool()
    reader.int() // err, which requests leave at -1
    if (done) return ops
    ops.push(readOp(type, reader))
  }
}

/** Reads what follows the header of one operation. @throws MarshallingError for anything that a multi may not hold. */
export function readOp(type: number, reader: JuteReader): MultiOp {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL: {
      const request = readCreate(type, reader)
      if (request === null) throw new MarshallingError('the path is null')
      const { flags } = request
      // What is no TTL mode makes an operation without one of it (Apache: Op.create); flags of no mode are refused later.
      if (type === OpCode.createTTL) return hasTtl(flags) ? request : withoutTtl(request)
      if (flags < 0 || flags > CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL) {
        throw new MarshallingError(`create with flags ${flags}`)
      }
      if (request.acl === null) throw new NullAclError('the ACL is null')
      if (hasTtl(flags)) {
        throw new MarshallingError(`create with flags ${flags} and no ttl`)
      }
      // Apache makes one operation of both requests for a container, and answers them alike.
      return flags === CreateMode.CONTAINER ? { ...request, type: OpCode.createContainer } : request
    }
    case OpCode.delete:
    case OpCode.check:
      return { type, path: readPath(reader), version: reader.int() }
    case OpCode.setData:
      return { type, path: readPath(reader), data: reader.buffer(), version: reader.int() }
    default:
      throw new MarshallingError(`operation ${type} in a multi`)
  }
}

function hasTtl(flags: number): boolean {
  return flags === CreateMode.PERSISTENT_WITH_TTL || flags === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
}

function withoutTtl(request: CreateRequest): CreateRequest {
  const type = request.flags === CreateMode.CONTAINER ? OpCode.createContainer : OpCode.create
  return { ...request, type, ttlMs: -1 }
}

/** The body of create, create2, createContainer or createTTL; null for a null path. */
export function readCreate(type: CreateRequest['type'], reader: JuteReader): CreateRequest | null {
  const path = reader.ustring()
  const data = reader.buffer()
  const acl = readAcl(reader)
  const flags = reader.int()
  const ttlMs = type === OpCode.createTTL ? reader.long() : -1
  return path === null ? null : { type, path, data, acl, flags, ttlMs }
}

export function readAcl(reader: JuteReader): readonly ACL[] | null {
  if (skipOpenAcl(reader)) return OPEN_ACL
  const count = reader.vectorLength()
  if (count === -1) return null
  const acl: ACL[] = []
  for (let i = 0; i < count; i++) acl.push(ACL.read(reader))
  return acl
}

/** Steps over the list that nearly every request carries: then nothing is made of it, and whoever gets it knows it. */
function skipOpenAcl(reader: JuteReader): boolean {
  const { bytes, position } = reader
  if (reader.remaining < OPEN_ACL_BYTES.length) return false
  for (let i = 0; i < OPEN_ACL_BYTES.length; i++) if (bytes[position + i] !== OPEN_ACL_BYTES[i]) return false
  reader.position += OPEN_ACL_BYTES.length
  return true
}

/** {@link OPEN_ACL} in jute. */
const OPEN_ACL_BYTES = encodeAcl(OPEN_ACL)

function encodeAcl(acl: readonly ACL[]): Uint8Array {
  const writer = new JuteWriter(64)
  writer.int(acl.length)
  for (const entry of acl) ACL.write(writer, entry)
  return writer.take()
}

function readPath(reader: JuteReader): string {
  const path = reader.ustring()
  if (path === null) throw new MarshallingError('the path is null')
  return path
}

/**
 * All operations or none. The first refused one ends it: its code stands in its place, Ok before it and
 * RuntimeInconsistency after it, and nothing of it remains outstanding.
 */
export function prepareMulti(ops: readonly MultiOp[], p: Preparation): MultiTxn {
  const { outstanding } = p
  outstanding.begin()
  const txns: SubTxn[] = []
  for (let i = 0; i < ops.length; i++) {
    const prepared = prepareOp(ops[i], p)
    if (isRefusal(prepared)) {
      outstanding.rollback()
      p.dropUsage()
      p.changes.length = 0
      return { type: OpCode.multi, txns: ops.map((_, at) => errorAt(at, i, prepared)) }
    }
    txns.push(prepared)
  }
  outstanding.commit()
  return { type: OpCode.multi, txns }
}

function errorAt(at: number, failed: number, code: Refusal): SubTxn {
  if (at === failed) return { type: OpCode.error, code }
  return { type: OpCode.error, code: at < failed ? KeeperCode.Ok : KeeperCode.RuntimeInconsistency }
}

function prepareOp(op: MultiOp, p: Preparation): SubTxn | Refusal {
  switch (op.type) {
    case OpCode.delete:
      return prepareDelete(op.path, op.version, p)
    case OpCode.setData:
      return prepareSetData(op.path, op.data, op.version, p)
    case OpCode.check:
      return prepareCheck(op.path, op.version, p)
    default:
      return prepareCreate(op, p)
  }
}
