/** Enforced authentication: nobody is served who has not authenticated under one of the configured schemes. */
import type { ServerSettings } from '../config/settings.js'
import { MenagerieError } from '../errors.js'
import { KeeperCode, OpCode } from '../jute/codes.js'
import type { Identity } from '../seams/authenticator.js'
import type { AuthenticatorRegistry } from './registry.js'

export type EnforcementSettings = Pick<
  ServerSettings,
  'enforceAuthEnabled' | 'enforceAuthSchemes' | 'sessionRequireClientSaslAuth'
>

export interface Enforcement {
  readonly enabled: boolean
  /** A failed SASL exchange always ends the connection, whatever allowSaslFailedClients says. */
  readonly requiresSasl: boolean
  /**
   * Null where a request may pass, or the code with which it is refused; then the connection is closed. Only auth and
   * sasl pass before authentication; a ping and a closeSession do not. Connect requests are not asked about.
   */
  refusal(opcode: number, identities: readonly Identity[]): number | null
}

const NONE: Enforcement = { enabled: false, requiresSasl: false, refusal: () => null }

/**
 * sessionRequireClientSASLAuth is the older name for "enforce the sasl scheme alone"; with it the other two
 * settings are not looked at.
 *
 * @throws CONFIG_INVALID if enforcement is on without a scheme, or with one that no authenticator serves.
 */
export function createEnforcement(settings: EnforcementSettings, registry: AuthenticatorRegistry): Enforcement {
  const saslOnly = settings.sessionRequireClientSaslAuth
  if (!saslOnly && !settings.enforceAuthEnabled) return NONE
  const schemes = saslOnly ? ['sasl'] : settings.enforceAuthSchemes.map(scheme => scheme.trim())
  if (schemes.length === 0) {
    throw new MenagerieError(
      'CONFIG_INVALID',
      `enforce.auth.enabled is true, but enforce.auth.schemes names no scheme, expected at least one of ${registry.schemes.join(', ')}`,
    )
  }
  for (const scheme of schemes) {
    if (registry.get(scheme) !== undefined) continue
    const key = saslOnly ? 'sessionRequireClientSASLAuth' : 'enforce.auth.schemes'
    throw new MenagerieError(
      'CONFIG_INVALID',
      `${key} asks for the scheme "${scheme}", which this server does not offer, expected one of ${registry.schemes.join(', ')}`,
    )
  }
  return {
    enabled: true,
    requiresSasl: schemes.includes('sasl'),
    refusal(opcode, identities) {
      if (opcode === OpCode.auth || opcode === OpCode.sasl) return null
      return identities.some(identity => schemes.includes(identity.scheme))
        ? null
        : KeeperCode.SessionClosedRequireSaslAuth
    },
  }
}
