import { checkAcl } from '../../auth/acl-check.js'
import type { AuthenticatorRegistry } from '../../auth/registry.js'
import type { Identity } from '../../seams/authenticator.js'
import type { WatchDispatcher, Watcher } from '../../seams/watch-dispatcher.js'
import type { NodeId } from '../../seams/znode-store.js'
import type { Session } from '../../sessions/session.js'
import { OPEN_ACL_ID } from '../../tree/acl-table.js'
import type { DataTree } from '../../tree/data-tree.js'
import type { Output } from '../output.js'

/** What answering a read needs to know: the state, and who asks. */
export interface ReaderContext {
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly auth: AuthenticatorRegistry
  readonly session: Session
  readonly identities: readonly Identity[]
  /** Whose watches are set. */
  readonly watcher: Watcher
  readonly out: Output
}

/** Whether the asker has one of these permissions on a znode. */
export function mayOn(context: ReaderContext, node: NodeId, perms: number): boolean {
  const acl = context.tree.store.aclId(node)
  if (acl === OPEN_ACL_ID) return true
  return checkAcl(context.tree.acls.get(acl), perms, context.identities, context.auth)
}
