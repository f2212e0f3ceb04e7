/** Turns the ACL that a create or setACL asks for into the one that is stored, or refuses it. */
import type { ACL } from '../jute/records.js'
import type { Identity } from '../seams/authenticator.js'
import { OPEN_ACL } from '../tree/acl-table.js'
import type { AuthenticatorRegistry } from './registry.js'

/**
 * The list to store: repeated entries removed (the first stays), each `auth` entry replaced by one entry
 * for each identity of the caller that proves who somebody is, everything else as it came. What `auth`
 * expands to is not compared with the rest, so it may repeat an entry.
 *
 * Null stands for InvalidACL: no entry, an `auth` entry of a caller who has proved nothing, a scheme that
 * no authenticator serves, or an id that its scheme does not accept. Permission bits are not looked at.
 */
export function fixupAcl(
  acl: readonly ACL[] | null,
  identities: readonly Identity[],
  registry: AuthenticatorRegistry,
): readonly ACL[] | null {
  if (acl === null || acl.length === 0) return null
  if (acl === OPEN_ACL) return acl
  const stored: ACL[] = []
  for (const entry of withoutRepetition(acl)) {
    const { scheme, id } = entry.id
    if (scheme === 'world' && id === 'anyone') {
      stored.push(entry)
    } else if (scheme === 'auth') {
      const proved = identities.filter(identity => registry.get(identity.scheme)?.isAuthenticated === true)
      if (proved.length === 0) return null
      for (const identity of proved)
        stored.push({ perms: entry.perms, id: { scheme: identity.scheme, id: identity.id } })
    } else {
      if (registry.get(scheme)?.isValid(id) !== true) return null
      stored.push(entry)
    }
  }
  return stored
}

function withoutRepetition(acl: readonly ACL[]): readonly ACL[] {
  if (acl.length === 1) return acl
  // By key rather than by comparing each with all others: one request holds tens of thousands of entries.
  const kept = new Map<string, ACL>()
  for (const entry of acl) {
    const { scheme, id } = entry.id
    const key = `${entry.perms}:${scheme.length}:${scheme}:${id}`
    if (!kept.has(key)) kept.set(key, entry)
  }
  return [...kept.values()]
}
