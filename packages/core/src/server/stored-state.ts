import { serverSettings } from '../config/settings.js'
import type { LogStorage } from '../seams/log-storage.js'
import { type Logger, silentLogger } from '../seams/logger.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { NO_NODE } from '../seams/znode-store.js'
import { CompactStore } from '../tree/compact-store.js'
import { TreeWalk } from '../tree/tree-walk.js'
import type { Zxid } from '../zxid.js'
import { loadState } from './load.js'

/** What a storage holds, as a server would have it after its start: for tools that look at storage without serving. */
export interface StoredState {
  readonly lastZxid: Zxid
  /** The zxid of the snapshot that it began with, or null without one. */
  readonly snapshotZxid: Zxid | null
  /** Transactions of the log that came after the snapshot. */
  readonly replayed: number
  /** The tree's digest of version 2, 16 hexadecimal digits: equal for equal trees (below /zookeeper nothing counts). */
  readonly digest: string
  /** Znodes of the snapshot of which another digest was kept beside it than theirs, where the storage keeps digests. */
  readonly wrongDigests: number
  /** Timeouts in milliseconds. */
  readonly sessions: ReadonlyMap<bigint, number>
  /** How many ephemeral znodes each session has; sessions without any are left out. */
  readonly ephemerals: ReadonlyMap<bigint, number>
  /** The root included. */
  readonly znodes: number
  /** Bytes of paths and data. */
  readonly dataBytes: number
  /** Parents before children; the root is `/`. */
  forEachZnode(visit: (path: string, dataBytes: number) => void): void
}

/**
 * Loads the newest readable snapshot and the log after it. Both have to be open; nothing is written.
 *
 * @throws SNAPSHOT_MISSING, SNAPSHOT_CORRUPT, LOG_CORRUPT, TXN_UNKNOWN as a start does
 */
export async function readStoredState(
  log: LogStorage,
  snapshotter: Snapshotter,
  logger: Logger = silentLogger,
): Promise<StoredState> {
  // Storage does not say whether its server allowed TTL znodes; where there are some, they are no session's.
  const options = serverSettings.parse({ extendedTypesEnabled: true })
  const newStore = () => new CompactStore(0)
  const state = await loadState({ log, snapshotter, options, newStore, logger, checkDigests: true })
  const { tree, store } = state
  const { high, low } = tree.digest
  return {
    lastZxid: tree.lastProcessedZxid,
    snapshotZxid: state.snapshotZxid,
    replayed: state.replayed,
    digest: [high, low].map(half => half.toString(16).padStart(8, '0')).join(''),
    wrongDigests: state.wrongDigests,
    sessions: state.sessions,
    ephemerals: new Map([...tree.owned.ephemerals].map(([session, znodes]) => [session, znodes.size])),
    znodes: store.count,
    dataBytes: store.dataBytes,
    forEachZnode(visit) {
      const walk = new TreeWalk(store)
      try {
        for (let node = walk.next(); node !== NO_NODE; node = walk.next()) {
          visit(store.pathOf(node), Math.max(store.dataLength(node), 0))
        }
      } finally {
        walk.dispose()
      }
    },
  }
}
