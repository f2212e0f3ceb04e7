/** What of an ACL and of an identity others get to see. */
import type { ACL, ClientInfo } from '../jute/records.js'
import type { Identity } from '../seams/authenticator.js'
import type { AuthenticatorRegistry } from './registry.js'

/**
 * An ACL as getACL shows it to a caller without ADMIN: password digests become `user:x`, everything else
 * stays. Returns `acl` itself if there is nothing to hide.
 */
export function maskAcl(acl: readonly ACL[]): readonly ACL[] {
  if (!acl.some(entry => entry.id.scheme === 'digest')) return acl
  return acl.map(entry =>
    entry.id.scheme === 'digest'
      ? { perms: entry.perms, id: { scheme: 'digest', id: maskDigest(entry.id.id) } }
      : entry,
  )
}

/** From each colon to the end of its line, since that is how far Java's `.` reaches. */
function maskDigest(id: string): string {
  return id.replace(/:[^\n\r\u0085\u2028\u2029]*/g, ':x')
}

/** Identities as whoAmI lists them: without secrets, and without a name where no authenticator serves the scheme. */
export function clientInfos(identities: readonly Identity[], registry: AuthenticatorRegistry): ClientInfo[] {
  return identities.map(({ scheme, id }) => {
    const authenticator = registry.get(scheme)
    const user = authenticator === undefined ? '' : (authenticator.userName?.(id) ?? id)
    return { authScheme: scheme, user }
  })
}
