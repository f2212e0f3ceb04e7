/** The `x509` scheme: who somebody is by the client certificate that TLS has verified. */
import type { Authenticator, Identity } from '../seams/authenticator.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import { isDistinguishedName } from './distinguished-name.js'
import { SUPER_SCHEME } from './identities.js'

export interface X509Options {
  /** Subject (RFC 2253, as the listener gives it) of whoever may do everything. */
  readonly superUser?: string
}

/** Ids are whole subjects: `CN=kafka-1,O=Example`. They are compared as text, letter by letter. */
export function x509Authenticator(options: X509Options = {}): Authenticator {
  const { superUser } = options
  const identify = (connection: ConnectionInfo): Identity[] => {
    const subject = connection.certificate?.subject
    if (subject === undefined) return []
    const own = { scheme: 'x509', id: subject }
    return subject === superUser ? [{ scheme: SUPER_SCHEME, id: subject }, own] : [own]
  }
  return {
    scheme: 'x509',
    isAuthenticated: true,
    identify,
    authenticate(_credential, connection) {
      const proved = identify(connection)
      return proved.length === 0 ? null : proved
    },
    matches: (identity, aclId) => identity === aclId || identity === superUser,
    isValid: isDistinguishedName,
  }
}
