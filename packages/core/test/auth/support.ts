/** Short hands for the tests of this folder. */
import { type AuthenticatorRegistry, createAuthenticatorRegistry, type RegistryOptions } from '../../dist/auth/index.js'
import { type ServerSettingsInput, serverSettings } from '../../dist/config/index.js'
import type { ACL } from '../../dist/jute/index.js'
import type { ClientCertificate, ConnectionInfo, Identity } from '../../dist/seams/index.js'

export const identity = (scheme: string, id: string): Identity => ({ scheme, id })
export const entry = (perms: number, scheme: string, id: string): ACL => ({ perms, id: { scheme, id } })
export const utf8 = (text: string) => new TextEncoder().encode(text)
export const fromUtf8 = (bytes: Uint8Array | null | undefined) => (bytes ? new TextDecoder().decode(bytes) : bytes)

export function registry(
  settings: ServerSettingsInput = {},
  options: Partial<RegistryOptions> = {},
): AuthenticatorRegistry {
  return createAuthenticatorRegistry(serverSettings.parse(settings), { x509: true, sasl: true, ...options })
}

export function connection(remoteAddress = '127.0.0.1', certificate?: ClientCertificate): ConnectionInfo {
  return { remoteAddress, remotePort: 40000, localPort: 2181, secure: certificate !== undefined, certificate }
}
