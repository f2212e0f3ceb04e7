/**
 * The `ensemble` scheme: a client says which ensemble it means to talk to. It gives no identity and serves
 * no ACL; it keeps clients with a stale address list out of somebody else's ensemble.
 */
import { decodeUtf8 } from '../jute/utf8.js'
import type { Authenticator } from '../seams/authenticator.js'

/**
 * Accepts `names`. A client that names none is let in, and so is every client if `names` is left out. One
 * that names another ensemble is disconnected without an answer: it may find the right server elsewhere,
 * while AuthFailed would end its session for good.
 */
export function ensembleAuthenticator(names?: readonly string[]): Authenticator {
  const accepted = names === undefined ? undefined : new Set(names.map(name => name.trim()))
  return {
    scheme: 'ensemble',
    isAuthenticated: false,
    authenticate(credential) {
      if (credential === null || credential.length === 0 || accepted === undefined) return []
      return accepted.has(decodeUtf8(credential, 0, credential.length)) ? [] : 'drop'
    },
    matches: () => false,
    isValid: () => false,
  }
}
