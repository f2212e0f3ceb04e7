import { KeeperCode } from '../../jute/codes.js'
import { NO_NODE } from '../../seams/znode-store.js'
import type { Zxid } from '../../zxid.js'
import type { DataTree } from '../data-tree.js'
import { parentPathOf } from '../paths.js'

/** A delete, also of a container, and of an ephemeral with its session. */
export function applyDelete(tree: DataTree, path: string, zxid: Zxid): number {
  const { store, watches } = tree
  const node = tree.find(path)
  if (node === NO_NODE) {
    // Its parent still learns of the delete that a fuzzy snapshot has already seen.
    const slash = path.lastIndexOf('/')
    const parent = tree.find(slash === 0 ? '/' : path.slice(0, slash))
    if (parent !== NO_NODE && zxid > store.pzxid(parent)) {
      store.setPzxid(parent, zxid)
      if (tree.options.digestEnabled) tree.refreshDigest(parent)
    }
    return KeeperCode.NoNode
  }
  // Only in a replay over a fuzzy snapshot that shows the znode as it was created again, with children:
  // the log repeats both creations. Left alone, they would hang on a znode that is gone.
  while (store.childCount(node) > 0) applyDelete(tree, store.pathOf(store.firstChild(node)), zxid)
  const parent = store.parentOf(node)
  const acl = store.aclId(node)
  const dataLength = Math.max(store.dataLength(node), 0)
  if (tree.options.digestEnabled) tree.digest.subtract(store.digest(node))
  tree.owned.remove(node, store.ownerHigh(node), store.ownerLow(node))
  store.remove(node)
  if (zxid > store.pzxid(parent)) {
    store.setPzxid(parent, zxid)
    if (tree.options.digestEnabled) tree.refreshDigest(parent, parentPathOf(path))
  }
  tree.quotas.deleted(path, dataLength)
  if (watches !== null && !watches.isEmpty) {
    watches.deleted(path, zxid, acl)
    watches.childrenChanged(parentPathOf(path), zxid, store.aclId(parent))
  }
  tree.acls.release(acl)
  return KeeperCode.Ok
}

/** The end of a session: deletes the ephemerals that the transaction lists, and those that it does not know of. */
export function applyCloseSession(tree: DataTree, session: bigint, zxid: Zxid, listed: readonly string[] | null): void {
  if (listed !== null) for (const path of listed) applyDelete(tree, path, zxid)
  const left = tree.owned.ephemerals.get(session)
  if (left === undefined) return
  for (const node of [...left]) applyDelete(tree, tree.store.pathOf(node), zxid)
}
