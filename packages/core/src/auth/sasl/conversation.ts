/** What sasl requests (opcode 102) of one connection lead to. */
import { KeeperCode } from '../../jute/codes.js'
import type { Identity, SaslExchange } from '../../seams/authenticator.js'
import { addIdentities, isSuper, SUPER_SCHEME } from '../identities.js'

/** What follows from a SASL login, or from one that failed. */
export interface SaslPolicy {
  /** SASL names with all rights (superUser, superUser.n). */
  readonly superUsers: readonly string[]
  /** Keep a connection whose exchange failed, without the identity (allowSaslFailedClients). */
  readonly allowFailedClients: boolean
  /** From {@link Enforcement.requiresSasl}: overrules `allowFailedClients` and changes the code of a failure. */
  readonly requiresSasl: boolean
}

/** The answer to one token of a client. */
export interface SaslReply {
  /** For the header, whose zxid is 0. */
  readonly code: number
  /** For the body, which is sent with every code: null is written as length -1. */
  readonly token: Uint8Array | null
  /** What the connection has from now on. */
  readonly identities: readonly Identity[]
  readonly isSuper: boolean
  /** Close once this reply has been sent, and read nothing more. */
  readonly close: boolean
}

/**
 * Answers one token. `exchange` belongs to the connection for its whole life: once it has succeeded or
 * failed, every further token is a failure. It is undefined on a server without SASL, which answers Ok
 * with a null token, and that is how clients learn that they will go without.
 *
 * Null stands for a request that carries no token at all: the connection is closed without an answer.
 */
export function answerSasl(
  token: Uint8Array | null,
  exchange: SaslExchange | undefined,
  identities: readonly Identity[],
  policy: SaslPolicy,
): SaslReply | null {
  if (token === null) return null
  if (exchange === undefined) return accepted(null, identities)
  const step = exchange.step(token)
  if (step !== null) return accepted(step.token, withProved(identities, step.done, policy))
  if (policy.allowFailedClients && !policy.requiresSasl) return accepted(null, identities)
  const code = policy.requiresSasl ? KeeperCode.SessionClosedRequireSaslAuth : KeeperCode.AuthFailed
  return { code, token: null, identities, isSuper: isSuper(identities), close: true }
}

function accepted(token: Uint8Array | null, identities: readonly Identity[]): SaslReply {
  return { code: KeeperCode.Ok, token, identities, isSuper: isSuper(identities), close: false }
}

function withProved(identities: readonly Identity[], proved: Identity | undefined, policy: SaslPolicy) {
  if (proved === undefined) return identities
  const all = [proved]
  if (policy.superUsers.includes(proved.id) && proved.id !== '') all.push({ scheme: SUPER_SCHEME, id: '' })
  return addIdentities(identities, all)
}
