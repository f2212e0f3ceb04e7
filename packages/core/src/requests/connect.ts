import { JuteReader } from '../jute/reader.js'
import { ConnectRequest } from '../jute/records.js'
import type { Kernel } from '../server/kernel.js'
import { samePassword } from '../sessions/password.js'
import type { Session } from '../sessions/session.js'
import type { Zxid } from '../zxid.js'

export interface ConnectFrame extends ConnectRequest {
  /** Whether the client sends, and so expects, the read-only byte: those before 3.4 do not (trap 1). */
  readonly hasReadOnly: boolean
}

/** @throws MarshallingError */
export function readConnect(bytes: Uint8Array, start: number, end: number): ConnectFrame {
  const reader = new JuteReader(bytes, start, end)
  const request = ConnectRequest.read(reader)
  return { ...request, hasReadOnly: reader.remaining > 0 }
}

export type ConnectAnswer =
  /** Has seen transactions that this server has not: closed without a reply (trap 3). */
  | { readonly kind: 'newer'; readonly seen: Zxid }
  | { readonly kind: 'create'; readonly session: Session }
  | { readonly kind: 'attach'; readonly session: Session; readonly timeoutMs: number }
  /** An unknown session or a wrong password: answered by a response full of zeroes (trap 2). */
  | { readonly kind: 'expired' }

export function answerConnect(request: ConnectFrame, kernel: Kernel): ConnectAnswer {
  if (request.lastZxidSeen > kernel.lastZxid) return { kind: 'newer', seen: request.lastZxidSeen }
  const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = kernel
  const timeoutMs = Math.min(Math.max(request.timeOut, sessionTimeoutMinMs), sessionTimeoutMaxMs)
  if (request.sessionId === 0n) return { kind: 'create', session: kernel.sessions.allocate(timeoutMs) }
  const session = kernel.sessions.get(request.sessionId)
  // The password comes first: a stranger who guesses an id must not cut its owner's connection (trap 4).
  if (session === undefined || session.closing) return { kind: 'expired' }
  if (!samePassword(kernel.passwordOf(session.id), request.passwd)) return { kind: 'expired' }
  return { kind: 'attach', session, timeoutMs }
}
