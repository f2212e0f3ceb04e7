import { isUtf8 } from 'node:buffer'
import { OpCode } from '@menagerie/core/jute'

/** What a transaction does to znodes; nothing for refused requests and new sessions. */
export function changesOf(txn) {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return [{ change: 'created', path: txn.path, data: text(txn.data) }]
    case OpCode.setData:
    case OpCode.reconfig:
      return [{ change: 'set', path: txn.path, data: text(txn.data), version: txn.version }]
    case OpCode.setACL:
      return [{ change: 'acl', path: txn.path, acl: txn.acl }]
    case OpCode.delete:
    case OpCode.deleteContainer:
      return [{ change: 'deleted', path: txn.path }]
    case OpCode.closeSession:
      return (txn.paths ?? []).map(path => ({ change: 'deleted', path }))
    case OpCode.multi:
      return txn.txns.flatMap(changesOf)
    default:
      return []
  }
}

/** Data as text; as base64 where it is none. */
function text(data) {
  if (data === null) return null
  return isUtf8(data) ? Buffer.from(data).toString('utf8') : { base64: Buffer.from(data).toString('base64') }
}
