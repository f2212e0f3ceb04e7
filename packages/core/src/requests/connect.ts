import type { ServerSettings } from '../config/settings.js'
import { JuteReader, MarshallingError } from '../jute/reader.js'
import { ConnectRequest } from '../jute/records.js'
import type { Logger } from '../seams/logger.js'
import { type LocalSessions, serverOf } from '../sessions/local-sessions.js'
import { samePassword } from '../sessions/password.js'
import type { Session } from '../sessions/session.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { Zxid } from '../zxid.js'

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

/** What decides whether a client gets a session here, and which. */
export interface ConnectHost {
  readonly settings: Pick<ServerSettings, 'serverId'>
  readonly logger: Logger
  /** Whether clients are served at present. */
  readonly isServing: boolean
  /** Whether only clients that asked for it are served, and only reads: this server is cut off from the quorum. */
  readonly readOnly: boolean
  /** The last transaction that the tree shows. */
  readonly lastZxid: Zxid
  /** Whether only the leader, elsewhere, knows if a session lives. */
  readonly revalidates: boolean
  /** Between these is every session's timeout. */
  readonly sessionTimeoutMinMs: number
  readonly sessionTimeoutMaxMs: number
  /** Sessions that every server knows. */
  readonly sessions: Pick<SessionTracker, 'allocate' | 'find'>
  readonly local: Pick<LocalSessions, 'enabled' | 'create' | 'get'>
  /** What proves that a session is one's own. */
  passwordOf(session: bigint): Uint8Array
}

/** @param client its address, for the log */
export function answerConnect(request: ConnectFrame, host: ConnectHost, client: string): ConnectAnswer {
  if (!host.isServing) return { kind: 'closed' }
  // Nothing but reads is served: only to clients that say that it will do.
  if (host.readOnly && !request.readOnly) return { kind: 'closed' }
  if (request.lastZxidSeen > host.lastZxid) {
    host.logger.warn(
      { client, seen: request.lastZxidSeen, last: host.lastZxid },
      'client has seen a newer zxid than this server has; it must try another server',
    )
    return { kind: 'closed' }
  }
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = host
  const timeoutMs = Math.min(Math.max(request.timeOut, sessionTimeoutMinMs), sessionTimeoutMaxMs)
  if (request.sessionId === 0n) {
    if (!host.readOnly && !host.local.enabled) {
      return { kind: 'create', session: host.sessions.allocate(timeoutMs) }
    }
    return {
      kind: 'attach',
      session: host.local.create(timeoutMs, host.readOnly ? 'read-only' : 'local'),
      timeoutMs,
    }
  }
  // The password comes first: a stranger who guesses an id must not cut its owner's connection.
  if (!samePassword(host.passwordOf(request.sessionId), request.passwd)) return { kind: 'expired' }
  const local = host.local.get(request.sessionId)
  if (local !== undefined) return { kind: 'attach', session: local, timeoutMs }
  if (host.revalidates) return { kind: 'revalidate', id: request.sessionId, timeoutMs }
  const session = host.sessions.find(request.sessionId)
  // What others have done to their sessions meanwhile is not known here.
  if (host.readOnly && session === undefined && serverOf(request.sessionId) !== host.settings.serverId) {
    return { kind: 'closed' }
  }
  if (session === undefined || session.closing) return { kind: 'expired' }
  return { kind: 'attach', session, timeoutMs }
}
