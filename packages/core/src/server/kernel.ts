import { Subject } from 'rxjs'
import type { Enforcement } from '../auth/enforcement.js'
import type { AuthenticatorRegistry } from '../auth/registry.js'
import type { SaslPolicy } from '../auth/sasl/index.js'
import type { ServerSettings } from '../config/settings.js'
import type { WatchEvent } from '../events/index.js'
import { OpCode } from '../jute/codes.js'
import { JuteReader } from '../jute/reader.js'
import { putInt } from '../jute/writer.js'
import { ServerStatistics } from '../monitor/server-statistics.js'
import { ClientConnections } from '../requests/client-connections.js'
import { ClientMetrics } from '../requests/client-metrics.js'
import type { ClientWrite } from '../requests/client-requests-host.js'
import { Connection } from '../requests/connection.js'
import type { ConnectionHost } from '../requests/connection-host.js'
import type { WordAnswerer } from '../requests/four-letter-word.js'
import { KeptBytes } from '../requests/kept-bytes.js'
import type { LeaderChannel } from '../requests/leader-channel.js'
import { OutputPool } from '../requests/output.js'
import type { Proposal, ProposalOrigin } from '../requests/proposal.js'
import { createsEphemeral, type WriteRequest } from '../requests/write-request.js'
import type { Identity, SaslMechanism } from '../seams/authenticator.js'
import type { ClientConnection, ConnectionHandler } from '../seams/client-listener.js'
import type { Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import { LocalSessions } from '../sessions/local-sessions.js'
import { keyedPasswords, sessionPassword } from '../sessions/password.js'
import type { Session } from '../sessions/session.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { DataTree } from '../tree/data-tree.js'
import type { Broadcast, BroadcastHost } from '../zab/broadcast.js'
import type { Zxid } from '../zxid.js'
import type { KernelParts } from './kernel-parts.js'
import { TransactionProcessing } from './transaction-processing.js'

/**
 * One server's request processing: connections put requests in, a {@link Broadcast} makes writes
 * durable and ordered, what it delivers is applied to the tree, told to watchers and answered.
 *
 * Everything happens in one thread; a turn is one socket read or one delivery. Replies gather in the
 * connections' outputs and are sent once at the end of the turn.
 */
export class Kernel implements BroadcastHost, ConnectionHost {
  readonly settings: ServerSettings
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  /** Sessions that every server knows. */
  readonly sessions: SessionTracker
  readonly local: LocalSessions
  readonly auth: AuthenticatorRegistry
  readonly enforcement: Enforcement
  readonly sasl: SaslMechanism | undefined
  readonly saslPolicy: SaslPolicy
  readonly clock: Clock
  readonly logger: Logger
  readonly statistics = new ServerStatistics()
  readonly metrics: ClientMetrics
  readonly connections: ClientConnections
  readonly outputs = new OutputPool()
  readonly kept = new KeptBytes()
  /** One for the requests of all clients: each is read to its end before the next one. */
  readonly reader = new JuteReader()
  readonly transactions: TransactionProcessing
  readonly watchEvents = new Subject<WatchEvent>()
  /** What proves that a session is one's own. */
  readonly passwordOf: (session: bigint) => Uint8Array
  readonly sessionTimeoutMinMs: number
  readonly sessionTimeoutMaxMs: number
  /** Monotonic time at the beginning of the present turn. */
  now: number
  /** Heartbeats left out. */
  readsAnswered = 0
  /** Answers four-letter words; null: none are answered. */
  words: WordAnswerer | null = null
  /** Takes proposals: this server is the leader, or alone. */
  private broadcast: Broadcast | null = null
  /** Takes what has to go to the leader: this server is a learner. */
  private channel: LeaderChannel | null = null
  /** What is proposed is still committed, and nothing more is taken. */
  private retiring = false
  private servesReadOnly = false
  /** Whether clients are served while this server leads: without them a leader has its time for the ensemble. */
  leaderServes = true
  /** Called after each delivery, with the number of transactions in it and their length in the log. */
  onDelivered: (count: number, bytes: number) => void = () => {}
  onFailure: (error: Error) => void = () => {}

  constructor(parts: KernelParts) {
    this.settings = parts.settings
    this.tree = parts.tree
    this.watches = parts.watches
    this.sessions = parts.sessions
    this.local = new LocalSessions(parts.sessions, parts.clock, parts.settings.tickTimeMs)
    this.auth = parts.auth.registry
    this.enforcement = parts.auth.enforcement
    this.sasl = parts.auth.saslMechanism
    this.saslPolicy = parts.auth.saslPolicy
    this.clock = parts.clock
    this.logger = parts.logger
    this.metrics = new ClientMetrics(parts.metrics)
    this.connections = new ClientConnections(parts.clock, parts.settings.globalOutstandingLimit)
    this.transactions = new TransactionProcessing(parts)
    const { sessionSecret } = parts.settings
    this.passwordOf = sessionSecret === undefined ? sessionPassword : keyedPasswords(sessionSecret)
    this.now = parts.clock.monotonic()
    const { tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs } = parts.settings
    this.sessionTimeoutMinMs = minSessionTimeoutMs === -1 ? tickTimeMs * 2 : minSessionTimeoutMs
    this.sessionTimeoutMaxMs = maxSessionTimeoutMs === -1 ? tickTimeMs * 20 : maxSessionTimeoutMs
  }

  /** Whether clients are served: not before a start, and in an ensemble not between two terms. */
  get isServing(): boolean {
    if (this.servesReadOnly) return true
    return ((this.broadcast !== null && this.leaderServes) || this.channel !== null) && !this.retiring
  }

  /** Whether only clients that asked for it are served, and only reads: this server is cut off from the quorum. */
  get readOnly(): boolean {
    return this.servesReadOnly
  }

  /** Serves reads, out of what the last term has left, to clients that say that this will do (ReadOnlyZooKeeperServer). */
  beginReadOnly(): void {
    if (this.isServing) return
    this.connections.dropHeld()
    this.servesReadOnly = true
    this.tree.watches = this.watches
    this.local.start()
  }

  /** Closes the connections of read-only clients: under a term they are served as everyone is. */
  endReadOnly(): void {
    if (!this.servesReadOnly) return
    this.servesReadOnly = false
    this.local.stop()
    this.connections.dropReadOnly()
    this.local.endReadOnly()
  }

  /**
   * Proposes nothing more and takes no more clients, until the term ends: this server is about to stop. A write that
   * comes now is not answered; its connection closes with the term, as for any write that nobody can say more about.
   */
  retire(): void {
    this.retiring = true
  }

  /** Serves with the say over transactions and sessions: alone, or as a leader. */
  start(broadcast: Broadcast): void {
    this.transactions.beginTerm()
    this.broadcast = broadcast
    this.tree.watches = this.watches
    this.sessions.start(session => this.closeSession(session))
    this.local.start()
    if (this.leaderServes) this.connections.release()
    else this.connections.dropHeld()
  }

  /** Serves as a learner: reads from here, writes through the leader. */
  follow(channel: LeaderChannel): void {
    this.channel = channel
    this.tree.watches = this.watches
    this.sessions.follow()
    this.local.start()
    this.connections.release()
  }

  /** Serves nobody until the next start: a term is over, and with it what clients were waiting for. */
  suspend(): void {
    this.sessions.stop()
    this.local.stop()
    this.broadcast = null
    this.channel = null
    this.connections.hold()
  }

  /** Whether a client may wait for the next term. */
  get holds(): boolean {
    return !this.isServing && this.connections.areHeld
  }

  stop(): void {
    this.connections.stop()
    this.servesReadOnly = false
    this.sessions.stop()
    this.local.stop()
    this.broadcast = null
    this.channel = null
    this.transactions.commits.complete()
    this.watchEvents.complete()
    this.sessions.complete()
    this.local.complete()
  }

  connect(connection: ClientConnection): ConnectionHandler {
    const handler = new Connection(this, connection)
    this.connections.add(handler)
    return handler
  }

  /** A write of this server's own client; `body` is the request's record as it came. */
  submit(request: WriteRequest, session: Session, client: ClientWrite): void {
    const { channel } = this
    const { identities, cxid } = client
    const origin = this.transactions.auditor?.follow(request, session, identities, client.origin) ?? client.origin
    if (session.kind === 'local' && createsEphemeral(request)) this.upgrade(session, identities)
    if (channel === null) this.write(request, session, identities, cxid, origin)
    else channel.forward({ opcode: request.type, cxid, body: client.body, session, identities, origin })
  }

  /** Makes a local session global, ahead of the request that needs it; both go the same way, in order. */
  private upgrade(session: Session, identities: readonly Identity[]): void {
    const { channel } = this
    const { timeoutMs } = session
    this.logger.info({ session: session.name }, 'a local session becomes global')
    this.local.release(session)
    if (channel === null) this.write({ type: OpCode.createSession, timeoutMs }, session, identities, 0, null)
    else {
      const body = new Uint8Array(4)
      putInt(body, 0, timeoutMs)
      channel.forward({ opcode: OpCode.createSession, cxid: 0, body, session, identities, origin: NOBODY })
    }
  }

  /** A session that this server knows, of whichever kind. */
  session(id: bigint): Session | undefined {
    return this.local.get(id) ?? this.sessions.get(id)
  }

  /** The session's client is one of this server's own from now on. */
  attach(session: Session, timeoutMs: number): void {
    session.timeoutMs = timeoutMs
    if (session.kind === 'global') this.sessions.own(session, null)
    this.touch(session)
  }

  /** Gives a session its full timeout again. */
  touch(session: Session, now = this.now): void {
    if (session.kind === 'global') this.sessions.touch(session, now)
    else this.local.touch(session, now)
  }

  /** Calls back when a read gives what was committed, anywhere, before this call. */
  sync(session: Session, cxid: number, body: Uint8Array, released: () => void): void {
    if (this.channel !== null) this.channel.sync(session, cxid, body, released)
    else this.broadcast?.confirm?.(released)
  }

  /** Whether a sync can be answered at once, in its place among the requests of its client. */
  get syncsAtOnce(): boolean {
    return this.broadcast?.confirm === undefined && this.channel === null
  }

  /** At a learner only the leader knows whether a session still lives. */
  get revalidates(): boolean {
    return this.channel !== null
  }

  revalidate(session: bigint, timeoutMs: number, isHeld: boolean, answer: (valid: boolean) => void): void {
    this.channel?.revalidate(session, timeoutMs, isHeld, answer)
  }

  /** Prepares a write and proposes what it came to, be it a refusal. `owner`: the learner that it came from. */
  write(
    request: WriteRequest,
    session: Session,
    identities: readonly Identity[],
    cxid: number,
    origin: ProposalOrigin | null,
    owner: object | null = null,
  ): void {
    const { broadcast } = this
    if (broadcast === null || this.retiring) return
    broadcast.propose(this.transactions.prepare(broadcast, request, session, identities, cxid, origin, owner))
  }

  /** Ends a session that has expired. */
  private closeSession(session: Session): void {
    this.logger.info({ session: session.name, timeoutMs: session.timeoutMs }, 'session expired')
    this.metrics.sessionsExpired.add(1)
    this.write({ type: OpCode.closeSession }, session, [], 0, null)
  }

  deliver(proposals: readonly Proposal[]): void {
    this.now = this.clock.monotonic()
    for (const proposal of proposals) this.transactions.apply(proposal)
    this.connections.endOfTurn()
    let bytes = 0
    for (const proposal of proposals) bytes += proposal.bytes
    this.onDelivered(proposals.length, bytes)
  }

  failed(error: Error): void {
    this.broadcast = null
    this.onFailure(error)
  }

  get lastZxid(): Zxid {
    return this.tree.lastProcessedZxid
  }
}

/** Waits for nothing. */
const NOBODY: ProposalOrigin = { committed() {} }
