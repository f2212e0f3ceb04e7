export {
  type MemoryClient,
  type MemoryClientHandler,
  MemoryListener,
  type MemoryListenerOptions,
} from './memory-listener.js'
/** The storage seams in memory. */
export { MemoryLog, MemoryLogMedium } from './memory-log.js'
export { MemoryPeerNetwork, MemoryPeerTransport } from './memory-peer-transport.js'
export { type MemorySnapshot, type MemorySnapshotMedium, MemorySnapshotter } from './memory-snapshotter.js'
export type { PackedRecords } from './packed-records.js'
export { storageMemory } from './plugin.js'
