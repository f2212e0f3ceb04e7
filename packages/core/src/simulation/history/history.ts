import type { Txn } from '../../tree/txn.js'
import type { Zxid } from '../../zxid.js'
import type { Reply, Request } from './operations.js'

/**
 * The order of everything that clients did and saw, and of what was committed, by one counter: an operation
 * that had ended before another one began has the lower `endedAt`.
 */
export type Moment = number

/** One request of a client. */
export interface Operation {
  readonly client: string
  readonly session: bigint
  readonly xid: number
  readonly server: number
  /** The connection that it was sent on; no two clients have one in common. */
  readonly connection: number
  readonly request: Request
  readonly beganAt: Moment
  readonly beganUs: number
  /** Infinity: the client never heard of it, so whether it happened is unknown. */
  endedAt: Moment
  endedUs: number
  reply: Reply | null
}

/** A watch event as a client got it. */
export interface WatchEvent {
  readonly client: string
  readonly session: bigint
  readonly at: Moment
  readonly atUs: number
  readonly type: number
  readonly path: string
}

/** What happened to a client's session, as the client sees it. */
export type SessionChange =
  | 'opened'
  /** The client has a connection to a server, and says there that the session is its own. */
  | 'asked'
  | 'attached'
  | 'disconnected'
  /** A server said that the session is no more. */
  | 'expired'
  /** The client closed it, and got the answer. */
  | 'closed'

/** One such change, with its moment. */
export interface SessionEntry {
  readonly client: string
  readonly session: bigint
  readonly at: Moment
  readonly atUs: number
  readonly change: SessionChange
  readonly server: number
  readonly timeoutMs: number
}

/** A transaction in the order of all, as servers delivered it (each once). */
export interface Commit {
  readonly zxid: Zxid
  readonly session: bigint
  readonly cxid: number
  readonly txn: Txn
  /** When the first server delivered it. */
  readonly at: Moment
  readonly atUs: number
}

/** What a znode looks like at the end on one server. */
export interface ZnodeImage {
  readonly data: string | null
  readonly czxid: Zxid
  readonly mzxid: Zxid
  readonly pzxid: Zxid
  readonly version: number
  readonly cversion: number
  readonly aversion: number
  readonly owner: bigint
}

/** The whole tree of one server at the end, by path. */
export interface FinalTree {
  readonly server: number
  readonly zxid: Zxid
  readonly znodes: ReadonlyMap<string, ZnodeImage>
}

/** What /zookeeper/config shows without any transaction: the list that servers were started with, as the first leader stamped it. */
export interface ShownConfiguration {
  readonly text: string
  readonly version: Zxid
}

/** Everything that checkers look at. */
export interface History {
  readonly operations: readonly Operation[]
  readonly events: readonly WatchEvent[]
  readonly sessions: readonly SessionEntry[]
  readonly commits: readonly Commit[]
  /** One for each server. */
  readonly finals: readonly FinalTree[]
  /** Sessions that clients hold at the end. */
  readonly held: ReadonlySet<bigint>
  /** The first configuration, where it is one that may change. */
  readonly configuration?: ShownConfiguration | undefined
}

/** A broken promise, found by a checker or a probe. */
export interface Violation {
  /** The promise, in a few words. */
  readonly property: string
  readonly message: string
}

/** A pure function over histories: every way in which one promise was broken. */
export type Checker = (history: History) => Violation[]
