/** Requests by which a client says who it is: auth packets (opcode 100) and SASL tokens (102). */
import { authenticate } from '../auth/auth-packet.js'
import type { AuthenticatorRegistry } from '../auth/registry.js'
import { answerSasl, type SaslPolicy } from '../auth/sasl/index.js'
import { KeeperCode } from '../jute/codes.js'
import { type JuteReader, MarshallingError } from '../jute/reader.js'
import { AuthPacket, SaslToken } from '../jute/records.js'
import type { Identity, SaslExchange } from '../seams/authenticator.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import type { Output } from './output.js'

/** What becomes of the connection of a client that has said who it is. */
export interface AuthAnswer {
  /** What the connection has from now on. */
  readonly identities: readonly Identity[]
  /** The code of the reply, whose zxid is 0; null: the connection is closed without one. */
  readonly code: number | null
  /** The body of the reply; undefined: it has none. A token of null is told as such. */
  readonly token?: Uint8Array | null
  /** What failed, for the log; the connection is closed behind the reply. */
  readonly failure?: { readonly scheme: string | null }
}

/** What was known of the client before. */
export interface Asker {
  readonly transport: ConnectionInfo
  readonly identities: readonly Identity[]
}

/** @param reader stands at the packet's record */
export function answerAuth(reader: JuteReader, asker: Asker, registry: AuthenticatorRegistry): AuthAnswer {
  const { identities, transport } = asker
  const packet = readOrNull(() => AuthPacket.read(reader))
  if (packet === null) return { identities, code: null }
  const { scheme, auth } = packet
  const result = authenticate({ scheme: scheme ?? '', auth }, transport, identities, registry)
  if (result.outcome === 'accepted') return { identities: result.identities, code: KeeperCode.Ok }
  return { identities, code: result.outcome === 'dropped' ? null : KeeperCode.AuthFailed, failure: { scheme } }
}

/** @param exchange of the connection, for its whole life; undefined where the server has no SASL */
export function answerSaslToken(
  reader: JuteReader,
  asker: Asker,
  exchange: SaslExchange | undefined,
  policy: SaslPolicy,
): AuthAnswer {
  const { identities } = asker
  const record = readOrNull(() => SaslToken.read(reader))
  const answer = record === null ? null : answerSasl(record.token, exchange, identities, policy)
  if (answer === null) return { identities, code: null }
  const { code, token, close } = answer
  return { identities: answer.identities, code, token, ...(close ? { failure: { scheme: 'sasl' } } : {}) }
}

/** Writes the reply that an answer says. */
export function writeAuthReply(out: Output, xid: number, code: number, token: Uint8Array | null | undefined): void {
  const start = out.begin(xid, 0, code)
  if (token !== undefined) {
    out.int(token === null ? -1 : token.length)
    if (token !== null) out.raw(token)
  }
  out.end(start)
}

/** Null for a record that is cut short. */
function readOrNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof MarshallingError) return null
    throw error
  }
}
