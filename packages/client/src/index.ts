/** The TypeScript client for Menagerie and Apache ZooKeeper. */

export { MenagerieError } from '@menagerie/core'
export {
  type ACL,
  AddWatchMode,
  type ClientInfo,
  CreateMode,
  EventType,
  KeeperCode,
  KeeperState,
  OpCode,
  Perms,
  type Stat,
  WatcherType,
} from '@menagerie/core/jute'
export type { DigestMd5Login } from '@menagerie/core/sasl'
export { Client } from './client.js'
export { ClientBase, type SessionInfo } from './client-base.js'
export type { CreateOptions, RawOptions, ReadOptions, RequestOptions } from './client-options.js'
export { connect } from './connect.js'
export { type ConnectTarget, parseConnectString } from './connect-string.js'
export * from './errors.js'
export { withoutProtection } from './guid.js'
export type { TreeChange } from './known-tree.js'
export {
  Multi,
  type MultiCheckResult,
  type MultiCreateResult,
  type MultiDeleteResult,
  MultiRead,
  type MultiReadChildren,
  type MultiReadData,
  type MultiReadFailure,
  type MultiSetDataResult,
} from './multi.js'
export { NodeCache } from './node-cache.js'
export { nodeDialer } from './node-dialer.js'
export { type Credential, OPEN_ACL, type RawReply, type ReconfigChange } from './operations/index.js'
export type { ClientOptions, ReconnectOptions, SessionTicket } from './options.js'
export { pathProblem } from './path.js'
export type { PersistentWatch } from './persistent-watch.js'
export { Reads } from './reads.js'
export { isRetriable, type RetryOptions, withRetries } from './retry.js'
export type { ClientState } from './session-options.js'
export { systemClock } from './system-clock.js'
export { Transaction, type TransactionCreateOptions, type VersionOptions } from './transaction.js'
export type { Dialer, Link, LinkHandler, ServerAddress } from './transport.js'
export { type CacheChange, type CachedClient, type CachedNode, TreeCache } from './tree-cache.js'
export type { WatchCallback, WatchEvent } from './watch-event.js'
export type { WatchOptions } from './watch-stream.js'
