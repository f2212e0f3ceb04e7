import type { ServerSettings } from '../config/settings.js'
import type { Cancel, Clock } from '../seams/clock.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import type { Snapshotter } from '../seams/snapshotter.js'

/** Removes old snapshots, and the log that none of the remaining ones needs (autopurge.*). */
export class Autopurge {
  private cancel: Cancel | null = null
  private running: Promise<void> = Promise.resolve()
  private stopped = false

  constructor(
    private readonly log: LogStorage,
    private readonly snapshotter: Snapshotter,
    private readonly settings: ServerSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The first purge follows the start, as in Apache. */
  start(): void {
    if (this.settings.autopurgePurgeIntervalMs <= 0) return
    this.running = this.purge().finally(() => {
      if (this.stopped) return
      this.cancel = this.clock.schedule(this.settings.autopurgePurgeIntervalMs, () => this.start())
    })
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancel?.()
    await this.running
  }

  private async purge(): Promise<void> {
    try {
      const oldest = await this.snapshotter.purge(this.settings.autopurgeSnapRetainCount)
      if (oldest > 0) await this.log.purgeThrough(oldest)
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'old snapshots and logs could not be removed')
    }
  }
}
