import { KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import type { CheckTxn, SetDataTxn } from '../../tree/txn.js'
import { isValidPath } from '../path.js'
import { nextVersion, type Preparation, type Refusal } from './preparation.js'

export function prepareSetData(
  path: string,
  data: Uint8Array | null,
  version: number,
  p: Preparation,
): SetDataTxn | Refusal {
  if (p.session.closing) return KeeperCode.SessionExpired
  if (!isValidPath(path)) return KeeperCode.BadArguments
  const node = p.outstanding.get(path)
  if (node === null) return KeeperCode.NoNode
  if (!p.may(node.acl, Perms.WRITE)) return KeeperCode.NoAuth
  if (p.exceedsQuota(path, 0, (data?.length ?? 0) - p.outstanding.dataLength(node))) return KeeperCode.QuotaExceeded
  const next = nextVersion(node.fields.version, version)
  if (next === null) return KeeperCode.BadVersion
  const fields = p.editable(node)
  fields.version = next
  fields.mtime = p.timeMs
  fields.mzxid = p.zxid
  p.update(node, fields, node.childCount, node.acl, data)
  return { type: OpCode.setData, path, data, version: next }
}

/** check, which exists inside a multi only. */
export function prepareCheck(path: string, version: number, p: Preparation): CheckTxn | Refusal {
  if (p.session.closing) return KeeperCode.SessionExpired
  if (!isValidPath(path)) return KeeperCode.BadArguments
  const node = p.outstanding.get(path)
  if (node === null) return KeeperCode.NoNode
  if (!p.may(node.acl, Perms.READ)) return KeeperCode.NoAuth
  const next = nextVersion(node.fields.version, version)
  if (next === null) return KeeperCode.BadVersion
  return { type: OpCode.check, path, version: next }
}
