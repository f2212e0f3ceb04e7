/** The authentication schemes of one server, looked up by name. */
import type { ServerSettings } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import type { Authenticator, Identity } from '../seams/authenticator.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import { digestAuthenticator } from './digest.js'
import { addIdentities, SUPER_SCHEME } from './identities.js'
import { ipAuthenticator } from './ip.js'
import { saslAuthenticator } from './sasl-scheme.js'
import { x509Authenticator } from './x509.js'

export interface AuthenticatorRegistry {
  /** No ACL is checked at all (skipACL). */
  readonly skipAcl: boolean
  /** In alphabetical order, for messages. */
  readonly schemes: readonly string[]
  get(scheme: string): Authenticator | undefined
  /** What a connection is by itself: its address, and its certificate if it has one. In Apache's order. */
  identify(connection: ConnectionInfo): readonly Identity[]
}

export type RegistrySettings = Pick<
  ServerSettings,
  'skipAcl' | 'superDigest' | 'digestAlgorithm' | 'digestAuthEnabled' | 'x509SuperUser'
>

export interface RegistryOptions {
  /** Serve the `x509` scheme. Apache does once a secure client port is configured. */
  readonly x509: boolean
  /** Serve the `sasl` scheme: there is a SASL mechanism. */
  readonly sasl: boolean
  /** An id of the `sasl` scheme that every SASL user satisfies (letAnySaslUserDoX). */
  readonly saslAnyUserId?: string
  /** Schemes of plugins. One of a built-in scheme's name takes its place, as authProvider.n does. */
  readonly extra?: readonly Authenticator[]
}

/** Schemes that the kernel itself gives a meaning to. */
const RESERVED = ['world', 'auth', SUPER_SCHEME]

/** @throws CONFIG_INVALID for a digest algorithm that is not known, or a plugin for a reserved scheme. */
export function createAuthenticatorRegistry(
  settings: RegistrySettings,
  options: RegistryOptions,
): AuthenticatorRegistry {
  const { superDigest, digestAlgorithm: algorithm } = settings
  const byScheme = new Map<string, Authenticator>()
  const add = (authenticator: Authenticator) => byScheme.set(authenticator.scheme, authenticator)
  add(ipAuthenticator())
  if (settings.digestAuthEnabled) add(digestAuthenticator({ algorithm, superDigest }))
  if (options.x509) add(x509Authenticator({ superUser: settings.x509SuperUser }))
  if (options.sasl) add(saslAuthenticator({ anyUserId: options.saslAnyUserId }))
  for (const authenticator of options.extra ?? []) {
    if (RESERVED.includes(authenticator.scheme)) {
      throw new MenagerieError(
        'CONFIG_INVALID',
        `an authenticator was given for the scheme "${authenticator.scheme}", which belongs to the kernel`,
      )
    }
    add(authenticator)
  }
  const identifying = [...byScheme.values()].filter(authenticator => authenticator.identify !== undefined)
  return {
    skipAcl: settings.skipAcl,
    schemes: [...byScheme.keys()].sort(),
    get: scheme => byScheme.get(scheme),
    identify: connection =>
      addIdentities(
        [],
        identifying.flatMap(authenticator => authenticator.identify?.(connection) ?? []),
      ),
  }
}
