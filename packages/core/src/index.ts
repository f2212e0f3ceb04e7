/** The kernel's public surface. */
import 'reflect-metadata'

export { auditLine, LoggerAuditLog } from './audit/index.js'
export { adler32, crc32 } from './checksums/index.js'
export { RenewedSet } from './collections/renewed.js'
export * from './config/index.js'
export { type ErrorCode, invariant, MenagerieError } from './errors.js'
export type { CommittedTransaction, EnsembleMembers, LinkEvent, Role, WatchEvent } from './events/index.js'
// Without the plugin, which is called by its own name, `@menagerie/core/memory`.
export {
  type MemoryClient,
  type MemoryClientHandler,
  MemoryListener,
  type MemoryListenerOptions,
  MemoryLog,
  MemoryLogMedium,
  MemoryPeerNetwork,
  MemoryPeerTransport,
  type MemorySnapshot,
  type MemorySnapshotMedium,
  MemorySnapshotter,
  type PackedRecords,
} from './memory/index.js'
export * from './monitor/index.js'
export * from './plugins/index.js'
export { Admission, RateLimitedWarning } from './requests/admission.js'
export { Deadlines } from './requests/deadlines.js'
export { CONNECT_REQUEST_BYTES_MAX, FrameDecoder, type FrameSink } from './requests/frame-decoder.js'
export * from './seams/index.js'
export {
  type CommitSource,
  type CommitStreamOptions,
  commitsFrom,
  type LoggedTransaction,
} from './server/commit-stream.js'
export type { ConfigStore } from './server/member.js'
export { Server, type ServerOptions } from './server/server.js'
export { splitSnapshot } from './server/split-snapshot.js'
export { readStoredState, type StoredState } from './server/stored-state.js'
export type { SessionEvent, SessionEventKind } from './sessions/session-tracker.js'
export * from './watches/index.js'
export type { Oracle } from './zab/quorum/index.js'
export * from './zxid.js'
