import { OpCode } from '../jute/codes.js'
import type { ClientConnection } from '../seams/client-listener.js'
import type { Session, SessionConnection } from '../sessions/session.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import { encodeInt } from '../zab/packets/index.js'
import type { ClientConnections } from './client-connections.js'
import type { ClientMetrics } from './client-metrics.js'
import type { ClientRequests } from './client-requests.js'
import { answerConnect, type ConnectFrame, type ConnectHost } from './connect.js'
import { type GrantedSession, NO_SESSION } from './connect-response.js'
import type { Outgoing } from './outgoing.js'

/** What a handshake asks of the server, beside what decides it. */
export interface HandshakeHost extends ConnectHost {
  readonly sessions: Pick<SessionTracker, 'allocate' | 'find' | 'add' | 'announce'>
  readonly connections: Pick<ClientConnections, 'endOfTurn'>
  readonly metrics: Pick<ClientMetrics, 'connectionRequests' | 'connectionRevalidations'>
  /** See `LeaderChannel.revalidate`. No answer comes if the term ends before. */
  revalidate(session: bigint, timeoutMs: number, isHeld: boolean, answer: (valid: boolean) => void): void
  /** The session's client is one of this server's own from now on. */
  attach(session: Session, timeoutMs: number): void
}

/** The connection that is to get a session. */
export interface ConnectingClient extends SessionConnection {
  readonly transport: ClientConnection
  /** Whether it waits for its session. */
  readonly isConnecting: boolean
  /** There is no session yet: what the client asks meanwhile waits. */
  awaitSession(): void
  /** There is one, and requests are taken. */
  open(): void
  /** Handles what has waited. */
  goOn(): void
}

/** How one client gets its session, from the connect request to the response; over once the connection is open. */
export class Handshake {
  constructor(
    private readonly host: HandshakeHost,
    private readonly connection: ConnectingClient,
    private readonly requests: ClientRequests,
    private readonly outgoing: Outgoing,
    private readonly request: ConnectFrame,
  ) {}

  begin(): void {
    const { host, request, connection } = this
    host.metrics.connectionRequests.add(1)
    const answer = answerConnect(request, host, connection.transport.remoteAddress)
    if (request.sessionId !== 0n && answer.kind !== 'closed') host.metrics.connectionRevalidations.add(1)
    switch (answer.kind) {
      case 'create':
        this.create(answer.session)
        return
      case 'attach':
        this.attach(answer.session, answer.timeoutMs)
        return
      case 'revalidate':
        this.revalidate(answer.id, answer.timeoutMs)
        return
      case 'expired':
        this.refuse()
        return
      case 'closed':
        this.outgoing.stop()
    }
  }

  /** A new session: there is one when its transaction is applied. */
  private create(session: Session): void {
    this.connection.awaitSession()
    this.requests.session = session
    const { timeoutMs } = session
    const type = OpCode.createSession
    this.requests.submit({ type, timeoutMs }, 0, type, encodeInt(timeoutMs))
  }

  /** At a learner: whether the session lives is asked of the leader. */
  private revalidate(id: bigint, timeoutMs: number): void {
    const { host, connection, outgoing } = this
    connection.awaitSession()
    host.revalidate(id, timeoutMs, false, valid => {
      if (outgoing.isEnding || !connection.isConnecting) return
      if (valid) this.attach(host.sessions.add(id, timeoutMs), timeoutMs)
      else this.refuse()
      host.connections.endOfTurn()
    })
  }

  /** A session that there is; whoever had it until now has it no more. */
  private attach(session: Session, timeoutMs: number): void {
    session.connection?.sessionGone()
    this.requests.session = session
    this.host.attach(session, timeoutMs)
    this.granted()
  }

  /** The session is there, and is this client's: tells it, and serves what it has asked meanwhile. */
  granted(): void {
    const { host, connection, requests } = this
    const { session } = requests
    connection.open()
    requests.readOnly = host.readOnly
    session.connection = connection
    const { id, timeoutMs } = session
    this.respond({ timeoutMs, id, password: host.passwordOf(id) })
    host.sessions.announce('attached', session)
    connection.goOn()
  }

  /** There is no such session, or it is not this client's. */
  private refuse(): void {
    this.respond(NO_SESSION)
    this.outgoing.finish()
  }

  private respond(session: GrantedSession): void {
    // A client that does not know of the read-only byte gets none.
    this.outgoing.connectResponse(session, this.request.hasReadOnly ? this.requests.readOnly : null)
  }
}
