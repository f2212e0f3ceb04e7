import type { ServerAuth } from '../auth/server-auth.js'
import type { ServerSettings } from '../config/settings.js'
import type { Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'
import type { Metrics } from '../seams/metrics.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { DataTree } from '../tree/data-tree.js'

export interface KernelParts {
  readonly settings: ServerSettings
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly sessions: SessionTracker
  readonly auth: ServerAuth
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}
