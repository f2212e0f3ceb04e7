import { fixupAcl } from '../../auth/fix-acl.js'
import { KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import type { ACL } from '../../jute/records.js'
import type { SetAclTxn } from '../../tree/txn.js'
import { isValidPath } from '../path.js'
import { nextVersion, type Preparation, type Refusal } from './preparation.js'

export function prepareSetAcl(
  path: string,
  requested: readonly ACL[] | null,
  version: number,
  p: Preparation,
): SetAclTxn | Refusal {
  if (p.session.closing) return KeeperCode.SessionExpired
  if (!isValidPath(path)) return KeeperCode.BadArguments
  const acl = fixupAcl(requested, p.identities, p.auth)
  if (acl === null) return KeeperCode.InvalidACL
  const node = p.outstanding.get(path)
  if (node === null) return KeeperCode.NoNode
  if (!p.may(node.acl, Perms.ADMIN)) return KeeperCode.NoAuth
  const next = nextVersion(node.fields.aversion, version)
  if (next === null) return KeeperCode.BadVersion
  const fields = p.editable(node)
  fields.aversion = next
  p.update(node, fields, node.childCount, acl)
  return { type: OpCode.setACL, path, acl, version: next }
}
