/** What an auth packet (opcode 100) leads to. */
import type { Identity } from '../seams/authenticator.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import { addIdentities, isSuper } from './identities.js'
import type { AuthenticatorRegistry } from './registry.js'

export type AuthOutcome =
  /** Answered with Ok. `identities` takes the place of what the connection had. */
  | { readonly outcome: 'accepted'; readonly identities: readonly Identity[]; readonly isSuper: boolean }
  /** Answered with AuthFailed, then the connection is closed and nothing more is read from it. */
  | { readonly outcome: 'refused' }
  /** The connection is closed without an answer. */
  | { readonly outcome: 'dropped' }

/** The reply's header carries zxid 0 in any case. */
export function authenticate(
  packet: { readonly scheme: string; readonly auth: Uint8Array | null },
  connection: ConnectionInfo,
  identities: readonly Identity[],
  registry: AuthenticatorRegistry,
): AuthOutcome {
  const proved = ask(packet.scheme, packet.auth, connection, registry)
  if (proved === null) return { outcome: 'refused' }
  if (proved === 'drop') return { outcome: 'dropped' }
  const all = addIdentities(identities, proved)
  return { outcome: 'accepted', identities: all, isSuper: isSuper(all) }
}

function ask(
  scheme: string,
  credential: Uint8Array | null,
  connection: ConnectionInfo,
  registry: AuthenticatorRegistry,
): readonly Identity[] | null | 'drop' {
  try {
    return registry.get(scheme)?.authenticate(credential, connection) ?? null
  } catch {
    // A credential that makes a plugin throw is a wrong credential, not a reason to lose the server.
    return null
  }
}
