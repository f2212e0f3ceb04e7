import type { ServerSettings } from '../config/settings.js'
import type { Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import type { Metrics } from '../seams/metrics.js'
import type { TakenSnapshot } from '../seams/monitor-endpoint.js'
import type { Random } from '../seams/random.js'
import type { SnapshotInfo, SnapshotSource, Snapshotter } from '../seams/snapshotter.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { DataTree } from '../tree/data-tree.js'
import { snapshotOf, trailersOf } from '../tree/snapshot-writer.js'
import { type Zxid, zxidHex } from '../zxid.js'

export interface SnapshotParts {
  readonly tree: DataTree
  readonly sessions: SessionTracker
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly settings: ServerSettings
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * Takes a snapshot after a random number of transactions between half of snapCount and snapCount, or as
 * random a length of log below snapSizeLimitInKb, so that the servers of an ensemble do not all do it at
 * once. One at a time, while requests go on.
 */
export class SnapshotSchedule {
  private sinceLast: number
  private bytesSinceLast = 0
  private threshold: number
  private bytesThreshold: number
  private running: Promise<unknown> | null = null
  private stopped = false
  /** The last one of this run, or else the one that it began with. */
  newest: TakenSnapshot | undefined

  /** `replayed`: transactions that the last start had to replay onto the snapshot `loaded`; they count. */
  constructor(
    private readonly parts: SnapshotParts,
    replayed: number,
    loaded: SnapshotInfo | null = null,
  ) {
    if (loaded !== null) this.newest = { info: loaded, writtenAtMs: loaded.writtenAtMs }
    this.sinceLast = replayed
    this.threshold = this.nextThreshold()
    this.bytesThreshold = this.nextBytesThreshold()
  }

  private nextThreshold(): number {
    const half = Math.floor(this.parts.settings.snapCount / 2)
    return half + this.parts.random.below(half) + 1
  }

  /** In bytes; without a limit, one that is never reached. */
  private nextBytesThreshold(): number {
    const { snapSizeLimitInKb } = this.parts.settings
    if (snapSizeLimitInKb <= 0) return Number.POSITIVE_INFINITY
    const halfKb = Math.max(Math.floor(snapSizeLimitInKb / 2), 1)
    return (halfKb + this.parts.random.below(halfKb) + 1) * 1024
  }

  /** Transactions have been applied, `bytes` long in the log. */
  delivered(count: number, bytes: number): void {
    this.sinceLast += count
    this.bytesSinceLast += bytes
    if (this.sinceLast < this.threshold && this.bytesSinceLast < this.bytesThreshold) return
    if (this.running !== null || this.stopped) return
    this.take().catch(() => {}) // reported where it failed; the log still holds everything
  }

  /** Takes one now, or waits for the one that is under way. */
  async take(): Promise<void> {
    await (this.running ?? this.run(this.write()))
  }

  /** Has work done when no snapshot is under way any more, and none begins before its end: {@link take} waits for it. */
  exclusively(work: () => Promise<void>): Promise<void> {
    return this.run(this.idle().then(work))
  }

  private async run(work: Promise<void>): Promise<void> {
    this.running = work
    try {
      await work
    } finally {
      if (this.running === work) this.running = null
    }
  }

  /** Of {@link exclusively}: stores a snapshot that another server has made, of which `tree` is built. */
  async store(tree: DataTree, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { settings, log, clock, logger } = this.parts
    const startedAt = clock.monotonic()
    const content = {
      withDigest: settings.digestEnabled,
      withLastProcessedZxid: settings.serializeLastProcessedZxidEnabled,
    }
    const info = await this.put(tree.lastProcessedZxid, { body, trailers: () => trailersOf(tree, content) })
    this.beginCount()
    log.roll()
    const tookMs = Math.round(clock.monotonic() - startedAt)
    logger.info({ snapshot: info.name, bytes: info.bytes, tookMs }, 'the snapshot of the leader is stored')
  }

  private async put(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo> {
    const info = await this.parts.snapshotter.write(zxid, source)
    this.newest = { info, writtenAtMs: this.parts.clock.wallTime() }
    return info
  }

  private beginCount(): void {
    this.sinceLast = 0
    this.bytesSinceLast = 0
    this.threshold = this.nextThreshold()
    this.bytesThreshold = this.nextBytesThreshold()
  }

  private async write(): Promise<void> {
    const { tree, sessions, log, snapshotter, settings, clock, logger, metrics } = this.parts
    this.beginCount()
    const zxid = tree.lastProcessedZxid
    const startedAt = clock.monotonic()
    const source = snapshotOf(
      tree,
      tree.store,
      {
        sessions: [...sessions.all()].map(session => [session.id, session.timeoutMs] as const),
        zxid,
        withDigest: settings.digestEnabled,
        withLastProcessedZxid: settings.serializeLastProcessedZxidEnabled,
        withCompanion: snapshotter.companion !== undefined,
      },
      clock,
    )
    log.roll()
    try {
      const info = await this.put(zxid, source)
      const tookMs = clock.monotonic() - startedAt
      metrics.summary('snapshottime').observe(tookMs)
      logger.info({ snapshot: info.name, bytes: info.bytes, tookMs: Math.round(tookMs) }, 'snapshot taken')
    } catch (error) {
      metrics.counter('snapshot_error_count').add(1)
      logger.error({ zxid: `0x${zxidHex(zxid)}`, error: String(error) }, 'snapshot failed')
      throw error
    }
  }

  /** Resolves once no snapshot is under way. */
  async idle(): Promise<void> {
    await this.running?.catch(() => {})
  }

  /** Waits for a snapshot under way, and starts no other. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.running?.catch(() => {})
  }
}
