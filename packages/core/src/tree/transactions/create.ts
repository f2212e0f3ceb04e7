import { KeeperCode, OpCode } from '../../jute/codes.js'
import { NO_NODE, type NodeId } from '../../seams/znode-store.js'
import type { Zxid } from '../../zxid.js'
import type { DataTree } from '../data-tree.js'
import { CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW, ttlOwner } from '../ephemeral-owner.js'
import { parentPathOf } from '../paths.js'
import type { CreateTxn, TxnHeader } from '../txn.js'
import type { ApplyResult } from './apply-result.js'

/** Creates of every kind. A znode that is there already is passed over, as far as a replay can do so. */
export function applyCreate(tree: DataTree, header: TxnHeader, txn: CreateTxn): ApplyResult {
  const { store } = tree
  const { path, type } = txn
  const length = tree.encode(path)
  const bytes = tree.scratch
  let slash = length - 1
  while (slash > 0 && bytes[slash] !== 0x2f) slash--
  const parent = slash === 0 ? store.root : store.find(bytes, 0, slash)
  if (parent === NO_NODE) return { type, code: KeeperCode.NoNode, path, node: NO_NODE }

  const existing = store.findChild(parent, bytes, slash + 1, length)
  if (existing !== NO_NODE) {
    // A replay over a fuzzy snapshot: its ACL may have been missing there, its parent's counter behind.
    const acl = tree.acls.use(txn.acl)
    tree.acls.release(store.aclId(existing))
    store.setAclId(existing, acl)
    raiseCversion(tree, parent, parentPathOf(path), txn.parentCVersion, header.zxid)
    return { type, code: KeeperCode.NodeExists, path, node: existing }
  }

  const node = store.create(parent, bytes, slash + 1, length, txn.data)
  store.setCzxid(node, header.zxid)
  store.setMzxid(node, header.zxid)
  store.setPzxid(node, header.zxid)
  store.setCtime(node, header.timeMs)
  store.setMtime(node, header.timeMs)
  store.setAclId(node, tree.acls.use(txn.acl))
  own(tree, node, header, txn)
  raiseCversion(tree, parent, parentPathOf(path), txn.parentCVersion, header.zxid)
  if (tree.options.digestEnabled) tree.refreshDigest(node, path)

  tree.quotas.created(path, txn.data)
  const { watches } = tree
  if (watches !== null && !watches.isEmpty) {
    watches.created(path, header.zxid, store.aclId(node))
    watches.childrenChanged(parentPathOf(path), header.zxid, store.aclId(parent))
  }
  return { type, code: KeeperCode.Ok, path, node }
}

function own(tree: DataTree, node: NodeId, header: TxnHeader, txn: CreateTxn): void {
  if (txn.type === OpCode.createContainer) {
    tree.store.setOwner(node, CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW)
  } else if (txn.type === OpCode.createTTL) {
    const { high, low } = ttlOwner(txn.ttlMs, tree.options)
    tree.store.setOwner(node, high, low)
  } else if (txn.ephemeral) {
    tree.store.setOwner(node, header.clientHigh, header.clientLow)
  } else {
    return
  }
  tree.indexOwner(node)
}

function raiseCversion(tree: DataTree, parent: NodeId, path: string, cversion: number, zxid: Zxid): void {
  const present = tree.store.cversion(parent)
  const next = cversion === -1 ? present + 1 : cversion
  // As signed 32-bit numbers: the counter wraps, and a wrapped one must still count as greater.
  if (((next - present) | 0) <= 0) return
  tree.store.setCversion(parent, next)
  tree.store.setPzxid(parent, zxid)
  if (tree.options.digestEnabled) tree.refreshDigest(parent, path)
}
