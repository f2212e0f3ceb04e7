import { KeeperCode, OpCode, Perms } from '../../jute/codes.js'
import { ownerKind } from '../../tree/ephemeral-owner.js'
import type { DeleteTxn } from '../../tree/txn.js'
import type { ChangeRecord } from '../outstanding-changes.js'
import { isSplittable, parentOf } from '../path.js'
import { nextVersion, type Preparation, type Refusal } from './preparation.js'

/** What every tree has, and nobody may delete. */
const PERMANENT = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])

export function prepareDelete(path: string, version: number, p: Preparation): DeleteTxn | Refusal {
  if (p.session.closing) return KeeperCode.SessionExpired
  if (!isSplittable(path) || PERMANENT.has(path)) return KeeperCode.BadArguments
  const parent = p.outstanding.get(parentOf(path))
  if (parent === null) return KeeperCode.NoNode
  if (!p.may(parent.acl, Perms.DELETE)) return KeeperCode.NoAuth
  const node = p.outstanding.get(path)
  if (node === null) return KeeperCode.NoNode
  if (nextVersion(node.fields.version, version) === null) return KeeperCode.BadVersion
  if (node.childCount > 0) return KeeperCode.NotEmpty
  remove(node, parent, p)
  return { type: OpCode.delete, path }
}

/** The session id of what the server asks of itself. */
const SERVER = 0n

/**
 * deleteContainer: what the server sends to itself for an empty container or a TTL znode whose time has
 * come. From a client it deletes any empty znode that is not an ephemeral, as in 3.9.5, but not past the ACL.
 */
export function prepareDeleteContainer(path: string, p: Preparation): DeleteTxn | Refusal {
  if (!isSplittable(path) || PERMANENT.has(path)) return KeeperCode.BadArguments
  const node = p.outstanding.get(path)
  const parent = p.outstanding.get(parentOf(path))
  if (node === null || parent === null) return KeeperCode.NoNode
  if (p.session.id !== SERVER && !p.may(parent.acl, Perms.DELETE)) return KeeperCode.NoAuth
  if (node.childCount > 0) return KeeperCode.NotEmpty
  if (ownerKind(node.fields.ownerHigh, node.fields.ownerLow, p.settings) === 'ephemeral') return KeeperCode.BadVersion
  remove(node, parent, p)
  return { type: OpCode.deleteContainer, path }
}

function remove(node: ChangeRecord, parent: ChangeRecord, p: Preparation): void {
  const fields = p.editable(parent)
  fields.pzxid = p.zxid
  p.update(parent, fields, parent.childCount - 1)
  p.remove(node)
}
