import { JuteReader, MarshallingError } from '../jute/reader.js'
import { ConnectRequest } from '../jute/records.js'
import type { Kernel } from '../server/kernel.js'
import { serverOf } from '../sessions/local-sessions.js'
import { samePassword } from '../sessions/password.js'
import type { Session } from '../sessions/session.js'

export interface ConnectFrame extends ConnectRequest {
  /** Whether the client sends, and so expects, the read-only byte: those before 3.4 do not. */
  readonly hasReadOnly: boolean
  /** Whether a server that serves nothing but reads will do. */
  readonly readOnly: boolean
}

/** Null for a request that is cut short. */
export function readConnect(bytes: Uint8Array, start: number, end: number): ConnectFrame | null {
  const reader = new JuteReader(bytes, start, end)
  try {
    const request = ConnectRequest.read(reader)
    const hasReadOnly = reader.remaining > 0
    return { ...request, hasReadOnly, readOnly: hasReadOnly && reader.bool() }
  } catch (error) {
    if (error instanceof MarshallingError) return null
    throw error
  }
}

export type ConnectAnswer =
  | { readonly kind: 'create'; readonly session: Session }
  | { readonly kind: 'attach'; readonly session: Session; readonly timeoutMs: number }
  /** Only the leader knows whether the session lives. */
  | { readonly kind: 'revalidate'; readonly id: bigint; readonly timeoutMs: number }
  /** Not served here: closed without a reply, so that the client tries another server. */
  | { readonly kind: 'closed' }
  /** An unknown session or a wrong password: answered by a response full of zeroes. */
  | { readonly kind: 'expired' }

/** @param client its address, for the log */
export function answerConnect(request: ConnectFrame, kernel: Kernel, client: string): ConnectAnswer {
  if (!kernel.isServing) return { kind: 'closed' }
  // Nothing but reads is served: only to clients that say that it will do.
  if (kernel.readOnly && !request.readOnly) return { kind: 'closed' }
  if (request.lastZxidSeen > kernel.lastZxid) {
    kernel.logger.warn(
      { client, seen: request.lastZxidSeen, last: kernel.lastZxid },
      'client has seen a newer zxid than this server has; it must try another server',
    )
    return { kind: 'closed' }
  }
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = kernel
  const timeoutMs = Math.min(Math.max(request.timeOut, sessionTimeoutMinMs), sessionTimeoutMaxMs)
  if (request.sessionId === 0n) {
    if (!kernel.readOnly && !kernel.local.enabled) {
      return { kind: 'create', session: kernel.sessions.allocate(timeoutMs) }
    }
    return {
      kind: 'attach',
      session: kernel.local.create(timeoutMs, kernel.readOnly ? 'read-only' : 'local'),
      timeoutMs,
    }
  }
  // The password comes first: a stranger who guesses an id must not cut its owner's connection.
  if (!samePassword(kernel.passwordOf(request.sessionId), request.passwd)) return { kind: 'expired' }
  const local = kernel.local.get(request.sessionId)
  if (local !== undefined) return { kind: 'attach', session: local, timeoutMs }
  if (kernel.revalidates) return { kind: 'revalidate', id: request.sessionId, timeoutMs }
  const session = kernel.sessions.find(request.sessionId)
  // What others have done to their sessions meanwhile is not known here.
  if (kernel.readOnly && session === undefined && serverOf(request.sessionId) !== kernel.settings.serverId) {
    return { kind: 'closed' }
  }
  if (session === undefined || session.closing) return { kind: 'expired' }
  return { kind: 'attach', session, timeoutMs }
}
