/** From a write and what became of it to the events that Apache writes about it (AuditHelper.java). */
import { CreateMode, KeeperCode, OpCode, Perms } from '../jute/codes.js'
import type { ACL } from '../jute/records.js'
import type { CreateRequest } from '../requests/prepare/create.js'
import type { MultiOp } from '../requests/prepare/multi.js'
import type { WriteRequest } from '../requests/write-request.js'
import type { AuditEvent } from '../seams/audit-log.js'
import type { ApplyResult } from '../tree/data-tree.js'

/** An event but for who did it. */
export type WrittenEvent = Omit<AuditEvent, 'session' | 'user' | 'ip'>

/** Whether anything is written about a request of this kind: sessions, for instance, are not. */
export function isAudited(type: WriteRequest['type']): boolean {
  return type !== OpCode.createSession && type !== OpCode.closeSession && type !== OpCode.error
}

export function writtenEvents(request: WriteRequest, result: ApplyResult): WrittenEvent[] {
  const failed = result.type === OpCode.error || result.code !== KeeperCode.Ok
  if (request.type === OpCode.multi) return failed ? [MULTI_FAILED] : partEvents(request.ops, result.results ?? [])
  const event = describe(request, failed ? undefined : result.path)
  return event === undefined ? [] : [{ ...event, result: failed ? 'failure' : 'success' }]
}

/** Of a multi that was refused no part is named: none was done. */
const MULTI_FAILED: WrittenEvent = { operation: 'multiOperation', result: 'failure' }

function partEvents(ops: readonly MultiOp[], results: readonly ApplyResult[]): WrittenEvent[] {
  if (results.some(({ type }) => type === OpCode.error)) return [MULTI_FAILED]
  return ops.flatMap((op, at) => {
    const event = op.type === OpCode.check ? undefined : describe(op, results[at]?.path)
    return event === undefined ? [] : [{ ...event, result: 'success' as const }]
  })
}

/** `path`: as the transaction has it; undefined where there is none, and the request's counts. */
function describe(
  request: Exclude<WriteRequest, { type: typeof OpCode.multi }>,
  path: string | undefined,
): Omit<WrittenEvent, 'result'> | undefined {
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL: {
      const znodeType = ZNODE_TYPES[request.flags]
      return { operation: 'create', znode: path ?? request.path, ...(znodeType && { znodeType }) }
    }
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { operation: 'delete', znode: request.path }
    case OpCode.setData:
      return { operation: 'setData', znode: request.path }
    case OpCode.setACL:
      return { operation: 'setAcl', znode: request.path, acl: aclText(request.acl ?? []) }
    case OpCode.reconfig:
      return { operation: 'reconfig', ...(path && { znode: path }) }
    default:
      return undefined
  }
}

const ZNODE_TYPES: Readonly<Record<CreateRequest['flags'], string>> = Object.fromEntries(
  Object.entries(CreateMode).map(([name, flags]) => [flags, name.toLowerCase()]),
)

const PERMISSIONS = [
  [Perms.CREATE, 'c'],
  [Perms.DELETE, 'd'],
  [Perms.READ, 'r'],
  [Perms.WRITE, 'w'],
  [Perms.ADMIN, 'a'],
] as const

/** As ZKUtil.aclToString prints it. */
function aclText(acl: readonly ACL[]): string {
  const permissions = (perms: number) =>
    PERMISSIONS.map(([bit, letter]) => ((perms & bit) === 0 ? '' : letter)).join('')
  return acl.map(({ id, perms }) => `${id.scheme}:${id.id}:${permissions(perms)}`).join('')
}
