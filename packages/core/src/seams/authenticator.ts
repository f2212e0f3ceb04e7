import type { InjectionToken } from 'tsyringe'
import type { ConnectionInfo } from './client-listener.js'

/** Who somebody is under one scheme: what ACL entries are held against. */
export interface Identity {
  /** The name of the scheme, as ACLs have it: `digest`. */
  readonly scheme: string
  /** What the scheme knows somebody by: a user, an address. */
  readonly id: string
}

/**
 * One authentication scheme: turns credentials into identities and holds an identity against the id of
 * an ACL entry. Stateless, synchronous, called on every checked request.
 */
export interface Authenticator {
  readonly scheme: string
  /** Identities that a connection has by itself (ip, x509), before any auth packet. */
  identify?(connection: ConnectionInfo): readonly Identity[]
  /**
   * Identities that an auth packet proves, maybe none. Null (or an exception): AuthFailed, and the connection
   * is closed; clients take that as final. `'drop'`: the connection is closed without an answer, so that the
   * client tries another server. The packet may carry null instead of bytes.
   */
  authenticate(credential: Uint8Array | null, connection: ConnectionInfo): readonly Identity[] | null | 'drop'
  /** Whether an identity of this scheme satisfies an ACL entry of this scheme. */
  matches(identity: string, aclId: string): boolean
  /** Whether an ACL entry with this id may be stored; otherwise InvalidACL. */
  isValid(aclId: string): boolean
  /** Whether the `auth` scheme of setACL and create expands to identities of this scheme. */
  readonly isAuthenticated: boolean
  /** What whoAmI shows of an id (a digest shows the user only). The id itself if left out. */
  userName?(id: string): string
}

/** Where the server looks for authenticators; several plugins may fill it, each with another scheme. */
export const AUTHENTICATOR: InjectionToken<Authenticator> = Symbol.for('menagerie.Authenticator')

/** One SASL mechanism on the server's side (DIGEST-MD5, GSSAPI). */
export interface SaslMechanism {
  readonly name: string
  /** Starts an exchange for one connection. */
  start(connection: ConnectionInfo): SaslExchange
}

/** One login in progress. It is dropped when its connection closes. */
export interface SaslExchange {
  /** Answers the client's token. `done` ends the exchange with the identity; null refuses it. */
  step(token: Uint8Array): { readonly token: Uint8Array; readonly done?: Identity } | null
}

/** Where the server looks for SASL mechanisms; several plugins may fill it, each with another name. */
export const SASL_MECHANISM: InjectionToken<SaslMechanism> = Symbol.for('menagerie.SaslMechanism')
