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

/** The request is answered with this code and zxid 0, then the session's connection is closed and no longer read. */
export interface EnforcementRefusal {
  readonly code: number
  readonly close: true
}

export interface Enforcement {
  readonly enabled: boolean
  /** The schemes of which a client needs one. */
  readonly schemes: readonly string[]
  /** A failed SASL exchange always ends the connection, whatever allowSaslFailedClients says. */
  readonly requiresSasl: boolean
  /**
   * Whether a request may pass: null, or how it is refused. Only auth and sasl pass before
   * authentication; a ping and a closeSession do not. Connect requests are not asked about.
   */
  mayRequest(opcode: number, identities: readonly Identity[]): EnforcementRefusal | null
}

const REFUSAL: EnforcementRefusal = { code: KeeperCode.SessionClosedRequireSaslAuth, close: true }
const NONE: Enforcement = { enabled: false, schemes: [], requiresSasl: false, mayRequest: () => null }

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
    schemes,
    requiresSasl: schemes.includes('sasl'),
    mayRequest(opcode, identities) {
      if (opcode === OpCode.auth || opcode === OpCode.sasl) return null
      return identities.some(identity => schemes.includes(identity.scheme)) ? null : REFUSAL
    },
  }
}
