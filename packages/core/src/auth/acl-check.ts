/**
 * May somebody with these identities do this? Asked for every request that touches a znode, and again for
 * every watch event before it is delivered.
 */
import type { ACL } from '../jute/records.js'
import type { Identity } from '../seams/authenticator.js'
import { isSuper } from './identities.js'
import type { AuthenticatorRegistry } from './registry.js'

/**
 * Whether one of `identities` holds one of the permissions in `perms` (a bit mask: any bit is enough, as
 * getACL needs READ or ADMIN). An absent or empty list allows everything: such a znode was made before
 * ACLs were checked, or without them.
 *
 * An entry of a scheme that no authenticator serves grants nothing to anybody.
 */
export function checkAcl(
  acl: readonly ACL[] | null,
  perms: number,
  identities: readonly Identity[],
  registry: AuthenticatorRegistry,
): boolean {
  if (registry.skipAcl || acl === null || acl.length === 0) return true
  // Nearly every znode is open to the world by its only entry.
  if (grantsToAnyone(acl[0], perms)) return true
  if (isSuper(identities)) return true
  for (const entry of acl) {
    if ((entry.perms & perms) === 0) continue
    if (grantsToAnyone(entry, perms)) return true
    const { scheme, id } = entry.id
    const authenticator = registry.get(scheme)
    if (authenticator === undefined) continue
    for (const identity of identities) {
      if (identity.scheme === scheme && authenticator.matches(identity.id, id)) return true
    }
  }
  return false
}

function grantsToAnyone(entry: ACL, perms: number): boolean {
  return (entry.perms & perms) !== 0 && entry.id.id === 'anyone' && entry.id.scheme === 'world'
}
