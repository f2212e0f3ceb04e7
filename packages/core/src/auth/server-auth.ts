/** Everything about authentication that one server needs, made from its settings. */
import type { ServerSettings } from '../config/settings.js'
import type { Authenticator, SaslMechanism } from '../seams/authenticator.js'
import type { Random } from '../seams/random.js'
import { createEnforcement, type Enforcement } from './enforcement.js'
import { ensembleAuthenticator } from './ensemble.js'
import { type AuthenticatorRegistry, createAuthenticatorRegistry } from './registry.js'
import type { SaslPolicy } from './sasl/conversation.js'
import { digestMd5 } from './sasl/digest-md5.js'

export interface ServerAuthOptions {
  readonly random: Random
  /** Clients can come in over TLS: serve the x509 scheme. */
  readonly secure: boolean
  /** Schemes of plugins. */
  readonly authenticators?: readonly Authenticator[]
  /** A plugin's SASL mechanism. Without it, `saslUsers` make the server offer DIGEST-MD5. */
  readonly saslMechanism?: SaslMechanism
  /** SASLAuthenticationProvider.superPassword. */
  readonly saslSuperPassword?: string
  /** letAnySaslUserDoX. */
  readonly saslAnyUserId?: string
  /** ensembleAuthName: serve the ensemble scheme and accept these names. */
  readonly ensembleNames?: readonly string[]
}

export interface ServerAuth {
  readonly registry: AuthenticatorRegistry
  readonly enforcement: Enforcement
  /** Start one exchange for each connection. Undefined: a server without SASL. */
  readonly saslMechanism: SaslMechanism | undefined
  readonly saslPolicy: SaslPolicy
}

/** @throws CONFIG_INVALID as the parts do. */
export function createServerAuth(settings: ServerSettings, options: ServerAuthOptions): ServerAuth {
  const { random, saslSuperPassword: superPassword, saslAnyUserId, ensembleNames } = options
  const users = settings.saslUsers
  const ownMechanism = Object.keys(users).length === 0 ? undefined : digestMd5({ users, superPassword, random })
  const saslMechanism = options.saslMechanism ?? ownMechanism
  const extra = [...(options.authenticators ?? [])]
  if (ensembleNames !== undefined) extra.unshift(ensembleAuthenticator(ensembleNames))
  const registry = createAuthenticatorRegistry(settings, {
    x509: options.secure,
    sasl: saslMechanism !== undefined,
    saslAnyUserId,
    extra,
  })
  const enforcement = createEnforcement(settings, registry)
  return {
    registry,
    enforcement,
    saslMechanism,
    saslPolicy: {
      superUsers: settings.superUsers,
      allowFailedClients: settings.allowSaslFailedClients,
      requiresSasl: enforcement.requiresSasl,
    },
  }
}
