import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import type { Metrics } from '../seams/metrics.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { DataTree } from '../tree/data-tree.js'
import { SnapshotLoader } from '../tree/snapshot-loader.js'
import { StandaloneBroadcast } from '../zab/standalone.js'
import { type Zxid, zxidHex } from '../zxid.js'
import type { Kernel } from './kernel.js'
import { dropBehindSnapshot, type LoadParts, removeOrphans } from './load.js'
import type { SnapshotSchedule } from './snapshots.js'

export interface RestoreParts {
  readonly kernel: Kernel
  readonly load: LoadParts
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly snapshots: SnapshotSchedule
  readonly metrics: Metrics
  readonly clock: Clock
  readonly logger: Logger
  /** What is served can no longer be told from what is stored: the server stops. */
  readonly onFailure: (error: Error) => void
}

/**
 * Puts the tree of a snapshot in the place of the one that a standalone server serves (ZOOKEEPER-4571).
 *
 * A new term begins with it: clients are disconnected, come back with the sessions that the snapshot knows, and set
 * their watches anew. Zxids go on from where they were, or from the snapshot's last one if that is later, so that no
 * client is told of a zxid twice. Unlike Apache's, the restored tree is on the medium before anybody is served, and
 * history before it is gone: together they would be a history that never was.
 */
export class TreeRestorer {
  private underWay: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly parts: RestoreParts,
    /** The present term's; each restore begins another one. */
    private broadcast: StandaloneBroadcast,
  ) {}

  /**
   * @param chunks body and trailers, as {@link Snapshotter.read} gives them; one that ends with an error restores nothing
   * @returns the zxid of the snapshot, 0 where it does not say; durable once resolved
   * @throws whatever is wrong with the snapshot: the server goes on as it was then. SNAPSHOT_IO, LOG_IO: it stops
   */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<Zxid> {
    const done = this.underWay.then(() => this.load(chunks))
    this.underWay = done.catch(() => {})
    return done
  }

  private async load(chunks: AsyncIterable<Uint8Array>): Promise<Zxid> {
    const { load, clock, metrics, logger, onFailure } = this.parts
    const startedAt = clock.monotonic()
    const tree = new DataTree(load.newStore(), load.options)
    const loader = new SnapshotLoader(tree)
    for await (const chunk of chunks) loader.push(chunk)
    loader.finish()
    const zxid = loader.lastProcessedZxid ?? loader.digest?.zxid ?? 0
    tree.lastProcessedZxid = zxid
    const sessions = new Map(loader.sessions)
    removeOrphans(tree, sessions, logger)
    try {
      await this.replace(tree, sessions)
    } catch (error) {
      onFailure(error as Error)
      throw error
    }
    const tookMs = Math.round(clock.monotonic() - startedAt)
    metrics.summary('restore_time').observe(tookMs)
    logger.warn(
      { zxid: `0x${zxidHex(zxid)}`, znodes: tree.store.count, sessions: sessions.size, tookMs },
      'the tree was replaced by a snapshot; clients connect again',
    )
    return zxid
  }

  private async replace(tree: DataTree, sessions: ReadonlyMap<bigint, number>): Promise<void> {
    const { kernel, log, snapshotter, snapshots, clock } = this.parts
    // Mostly spares clients with a write under way to be told of a lost connection.
    await this.broadcast.settle()
    kernel.suspend()
    await this.broadcast.settle()
    await snapshots.idle()
    kernel.connections.dropHeld()
    tree.lastProcessedZxid = Math.max(tree.lastProcessedZxid, kernel.lastZxid)
    kernel.tree.adopt(tree)
    kernel.sessions.replaceAll(sessions)
    kernel.transactions.digestCheck.reset()
    await snapshots.take()
    await dropBehindSnapshot(log, snapshotter)
    this.broadcast = new StandaloneBroadcast(log, clock, kernel, kernel.lastZxid)
    kernel.start(this.broadcast)
  }
}
