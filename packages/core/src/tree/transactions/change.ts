import { KeeperCode, type OpCode } from '../../jute/codes.js'
import type { ACL } from '../../jute/records.js'
import { NO_NODE, type NodeId } from '../../seams/znode-store.js'
import type { DataTree } from '../data-tree.js'
import type { TxnHeader } from '../txn.js'
import type { ApplyResult } from './apply-result.js'

/** New data of a znode that is there; the configuration of a reconfig is the data of one, too. */
export function applySetData(
  tree: DataTree,
  header: TxnHeader,
  type: typeof OpCode.setData | typeof OpCode.reconfig,
  path: string,
  data: Uint8Array | null,
  version: number,
): ApplyResult {
  const { store } = tree
  const node = tree.find(path)
  if (node === NO_NODE) return { type, code: KeeperCode.NoNode, path, node }
  const before = Math.max(store.dataLength(node), 0)
  store.setData(node, data)
  store.setMtime(node, header.timeMs)
  store.setMzxid(node, header.zxid)
  store.setVersion(node, version)
  if (tree.options.digestEnabled) tree.refreshDigest(node, path)
  tree.quotas.grown(path, (data?.length ?? 0) - before)
  if (tree.watches !== null && !tree.watches.isEmpty) tree.watches.dataChanged(path, header.zxid, store.aclId(node))
  return { type, code: KeeperCode.Ok, path, node }
}

/** A new ACL. */
export function applySetAcl(
  tree: DataTree,
  node: NodeId,
  path: string,
  acl: readonly ACL[] | null,
  version: number,
): void {
  const id = tree.acls.use(acl)
  tree.acls.release(tree.store.aclId(node))
  tree.store.setAclId(node, id)
  tree.store.setAversion(node, version)
  if (tree.options.digestEnabled) tree.refreshDigest(node, path)
}
