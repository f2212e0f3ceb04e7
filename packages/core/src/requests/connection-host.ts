import type { Subject } from 'rxjs'
import type { WatchEvent } from '../events/index.js'
import type { ServerStatistics } from '../monitor/server-statistics.js'
import type { Clock } from '../seams/clock.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import type { Session } from '../sessions/session.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { ClientConnections } from './client-connections.js'
import type { ClientMetrics } from './client-metrics.js'
import type { ClientRequestsHost } from './client-requests-host.js'
import type { WordHost } from './four-letter-word.js'
import type { HandshakeHost } from './handshake.js'
import type { KeptBytes } from './kept-bytes.js'
import type { OutgoingHost } from './outgoing.js'

/** The turns of a server: each is a read of one connection, or what that brings about elsewhere. */
interface TurnHost {
  readonly clock: Clock
  readonly kept: KeptBytes
  readonly connections: Pick<ClientConnections, 'inProgress' | 'throttle' | 'endOfTurn' | 'forget'>
  readonly statistics: ServerStatistics
  readonly metrics: Pick<ClientMetrics, 'bytesReceived' | 'connectionDrops'>
  /** Monotonic time at the beginning of the present turn: whoever begins one sets it. */
  now: number
  /** Gives a session its full timeout again. */
  touch(session: Session, now?: number): void
}

/** What a connection goes by between the terms of two leaders. */
interface TermHost {
  /** Whether a client may wait for the next term. */
  readonly holds: boolean
  /** Whether only the leader knows if a session lives; see {@link HandshakeHost.revalidate}. */
  readonly revalidates: boolean
  readonly sessions: Pick<SessionTracker, 'get'>
  /** A session that this server knows, of whichever kind. */
  session(id: bigint): Session | undefined
}

/** Where watches are kept, and who looks on when they fire. */
interface WatchHost {
  readonly watches: Pick<WatchDispatcher, 'removeWatcher'>
  readonly watchEvents: Pick<Subject<WatchEvent>, 'observed' | 'next'>
}

/**
 * What the connection of one client asks of its server, by subject: of its own, and of what it is made of.
 *
 * Plain members of one object: requests pass here by the hundred thousand in a second.
 */
export type ConnectionHost = TurnHost &
  TermHost &
  WatchHost &
  HandshakeHost &
  ClientRequestsHost &
  OutgoingHost &
  WordHost
