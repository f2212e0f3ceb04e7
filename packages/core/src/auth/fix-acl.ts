/** Turns the ACL that a create or setACL asks for into the one that is stored, or refuses it. */
import type { ACL } from '../jute/records.js'
import type { Identity } from '../seams/authenticator.js'
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
): ACL[] | null {
  if (acl === null || acl.length === 0) return null
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
  const kept: ACL[] = []
  for (const entry of acl) if (!kept.some(other => sameEntry(other, entry))) kept.push(entry)
  return kept
}

function sameEntry(a: ACL, b: ACL): boolean {
  return a.perms === b.perms && a.id.scheme === b.id.scheme && a.id.id === b.id.id
}
