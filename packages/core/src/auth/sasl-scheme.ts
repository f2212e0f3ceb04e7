/** The `sasl` scheme: identities that a finished SASL exchange has proved. */
import type { Authenticator } from '../seams/authenticator.js'

export interface SaslSchemeOptions {
  /** An ACL id that every SASL user satisfies (letAnySaslUserDoX). */
  readonly anyUserId?: string
}

/** Ids are user names or Kerberos principals: `bob`, `kafka/host@REALM`. The user `super` satisfies every one. */
export function saslAuthenticator(options: SaslSchemeOptions = {}): Authenticator {
  const { anyUserId } = options
  return {
    scheme: 'sasl',
    isAuthenticated: true,
    // SASL has requests of its own; an auth packet cannot carry it.
    authenticate: () => null,
    matches: (identity, aclId) =>
      identity === 'super' || identity === aclId || (anyUserId !== undefined && aclId === anyUserId),
    isValid: isPrincipal,
  }
}

/** `service[/host]@realm` with any part empty, or any text without `@`. */
export function isPrincipal(text: string): boolean {
  return !text.includes('@') || /^[^/@]*(?:\/[^/@]*)?@[^/@]*$/.test(text)
}
