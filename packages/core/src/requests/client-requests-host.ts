import type { Enforcement } from '../auth/enforcement.js'
import type { AuthenticatorRegistry } from '../auth/registry.js'
import type { SaslPolicy } from '../auth/sasl/index.js'
import type { JuteReader } from '../jute/reader.js'
import type { ServerStatistics } from '../monitor/server-statistics.js'
import type { Identity, SaslMechanism } from '../seams/authenticator.js'
import type { Logger } from '../seams/logger.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import type { LocalSessions } from '../sessions/local-sessions.js'
import type { Session } from '../sessions/session.js'
import type { DataTree } from '../tree/data-tree.js'
import type { ClientConnections } from './client-connections.js'
import type { KeptBytes } from './kept-bytes.js'
import type { OutputPool } from './output.js'
import type { ProposalOrigin } from './proposal.js'
import type { WriteRequest } from './write-request.js'

/** What comes with a write of a client. */
export interface ClientWrite {
  readonly identities: readonly Identity[]
  readonly cxid: number
  readonly origin: ProposalOrigin
  /** The request's record, for a leader elsewhere; may be a view. */
  readonly body: Uint8Array
}

/** The way to the leader, which may be this server. */
export interface WriteHost {
  /** Has a write proposed. It is answered by its origin's `committed`, and by nobody if the term ends before. */
  submit(request: WriteRequest, session: Session, client: ClientWrite): void
  /** Calls back when a read gives what was committed, anywhere, before this call; not if the term ends before. */
  sync(session: Session, cxid: number, body: Uint8Array, released: () => void): void
  /** Whether a sync can be answered at once, in its place among the requests of its client. */
  readonly syncsAtOnce: boolean
}

/** How clients say who they are, and who of them is served. */
export interface AuthHost {
  readonly auth: AuthenticatorRegistry
  readonly enforcement: Enforcement
  /** Undefined where clients cannot authenticate by SASL. */
  readonly sasl: SaslMechanism | undefined
  readonly saslPolicy: SaslPolicy
}

/** What the requests of a client ask of its server. */
export interface ClientRequestsHost extends WriteHost, AuthHost {
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly local: Pick<LocalSessions, 'upgradable' | 'close'>
  readonly connections: Pick<ClientConnections, 'endOfTurn'>
  readonly logger: Logger
  readonly statistics: ServerStatistics
  readonly outputs: OutputPool
  readonly kept: KeptBytes
  /** One for the requests of all clients: each is read to its end before the next one. */
  readonly reader: JuteReader
  /** Monotonic time at the beginning of the present turn. */
  readonly now: number
  /** Counted up with each read that is answered, heartbeats left out. */
  readsAnswered: number
}
