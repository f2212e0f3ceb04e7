import type { HostFacts, Metrics, WatchSummary } from '../seams/index.js'
import type { Zxid } from '../zxid.js'
import type { ConnectionStatistics } from './connection-statistics.js'
import type { ServerStatistics } from './server-statistics.js'

/** A signed or unsigned 64-bit session id; it is printed as unsigned hexadecimal. */
export type MonitoredSessionId = bigint

/**
 * The facts that four-letter words (and other monitors) tell of a server. Plain values are cheap to
 * read at any time; what walks over sessions, znodes or watches is a call, made only by the words that
 * need it. Nothing is kept beyond the call, and iterables are consumed at once.
 */
export interface MonitorSource {
  /** Whether requests are served. If not, most words answer one fixed line. */
  readonly isServing: boolean
  /** Serving reads only, cut off from the quorum. */
  readonly isReadOnly: boolean
  /** As {@link fullVersion} gives it. */
  readonly version: string
  /** Apache's word for the role: standalone, leader, follower, observer, read-only. */
  readonly serverState: string
  readonly uptimeMs: number
  readonly lastProcessedZxid: Zxid
  readonly outstandingRequests: number
  readonly connectionCount: number
  readonly znodeCount: number
  readonly ephemeralCount: number
  /** Sessions that every server knows. */
  readonly sessionCount: number
  /** Those that this server alone knows. */
  readonly localSessionCount: number
  readonly approximateDataBytes: number
  readonly watchCount: number
  readonly statistics: ServerStatistics
  readonly metrics: Metrics
  readonly config: ConfigFacts
  /** Undefined for a server that is alone. */
  readonly ensemble?: EnsembleFacts
  /** What the machine says of itself, asked for anew each time. */
  host(): HostFacts
  /** Bytes under dataDir and dataLogDir. */
  storageBytes(): Promise<StorageBytes>
  connections(): Iterable<ConnectionFacts>
  /** Open sessions with the time of their expiry, ms since 1970. */
  sessions(): Iterable<SessionFacts>
  ephemerals(): Iterable<readonly [owner: MonitoredSessionId, paths: Iterable<string>]>
  watchSummary(): WatchSummary
  /** Each watched path with the sessions that watch it. */
  watches(): Iterable<readonly [path: string, sessions: Iterable<MonitoredSessionId>]>
  /** The newest tree digests, oldest first. */
  digests(): Iterable<DigestFacts>
}

/** What a member of an ensemble knows of it. */
export interface EnsembleFacts {
  readonly initLimit: number
  readonly syncLimit: number
  /** Of this server. */
  readonly electionPort: number
  readonly quorumPort: number
  readonly isObserver: boolean
  /** The configuration, as /zookeeper/config shows it. */
  readonly membership: string
  /** Voting servers. */
  readonly quorumSize: number
  /** Apache's words: `leading - broadcast`. */
  readonly peerState: string
  /** Of a follower: observers in step behind it. */
  readonly syncedObservers?: number
  /** Of a server that leads. */
  readonly leader?: LeaderFacts
}

/** What a leader alone can tell; counts, and times in ms. */
export interface LeaderFacts {
  readonly uptimeMs: number
  readonly learners: number
  readonly syncedFollowers: number
  /** Followers in step that are not among the voters. */
  readonly syncedNonVotingFollowers: number
  readonly syncedObservers: number
  readonly pendingSyncs: number
  /** Lengths of proposals; -1 before the first. */
  readonly proposalBytes: { readonly last: number; readonly min: number; readonly max: number }
}

/** What conf prints. Ports are -1 where there is none, times in ms. */
export interface ConfigFacts {
  readonly clientPort: number
  readonly secureClientPort: number
  readonly dataDir: string
  readonly dataLogDir: string
  readonly tickTimeMs: number
  readonly maxClientCnxns: number
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  readonly clientPortListenBacklog: number
  readonly serverId: number
}

/** Bytes of snapshots and of logs. */
export interface StorageBytes {
  readonly dataDir: number
  readonly dataLogDir: number
}

/** One connection of a client, as cons and dump tell it. */
export interface ConnectionFacts {
  readonly remoteAddress: string
  readonly remotePort: number
  /** Over TLS. */
  readonly isSecure: boolean
  /** Whether the server reads from it at present (not paused). */
  readonly isReading: boolean
  /** Whether replies wait to be sent. */
  readonly isWriting: boolean
  readonly outstandingRequests: number
  /** 0 before the session is established. */
  readonly sessionId: MonitoredSessionId
  readonly sessionTimeoutMs: number
  /** Ms since 1970. */
  readonly establishedAtMs: number
  /** When it is closed unless its client is heard of: without a session, unless it asks for one. */
  readonly expiresAtMs: number
  readonly statistics: ConnectionStatistics
}

/** When a session expires unless its client is heard of, in wall-clock ms. */
export interface SessionFacts {
  readonly id: MonitoredSessionId
  readonly timeoutMs: number
  readonly expiresAtMs: number
}

/** What the tree added up to at a zxid. */
export interface DigestFacts {
  readonly zxid: Zxid
  readonly digest: bigint
}
