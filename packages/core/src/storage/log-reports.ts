import type { DependencyContainer } from 'tsyringe'
import { slowFlushCounter } from '../monitor/slow-flushes.js'
import { CLOCK } from '../seams/clock.js'
import { LOGGER, type Logger, silentLogger } from '../seams/logger.js'
import { METRICS, type Summary } from '../seams/metrics.js'

/** What a log reports to, and measures with. */
export interface LogReports {
  readonly logger: Logger
  /** Duration of each write-and-sync, in ms (Apache's `fsynctime`). */
  readonly syncTime?: Summary
  /** Called for each that took longer than the threshold. */
  readonly slowSync?: () => void
  /** Milliseconds, never going back. */
  readonly monotonic: () => number
}

/**
 * Logger, metrics and clock of the server whose container it is, where it has them.
 * @param monotonic for a container without a clock
 */
export function logReports(container: DependencyContainer, monotonic: () => number): LogReports {
  const logger = container.isRegistered(LOGGER, true) ? container.resolve(LOGGER) : silentLogger
  const metrics = container.isRegistered(METRICS, true) ? container.resolve(METRICS) : undefined
  const clock = container.isRegistered(CLOCK, true) ? container.resolve(CLOCK) : undefined
  return {
    logger,
    syncTime: metrics?.summary('fsynctime'),
    slowSync: metrics && slowFlushCounter(metrics),
    monotonic: clock ? () => clock.monotonic() : monotonic,
  }
}

/** Notes that a batch has become durable, and warns where that took long. */
export function reportSync(
  { logger, syncTime, slowSync }: LogReports,
  { bytes, elapsedMs }: { readonly bytes: number; readonly elapsedMs: number },
  warningThresholdMs: number,
): void {
  syncTime?.observe(elapsedMs)
  if (elapsedMs < warningThresholdMs) return
  slowSync?.()
  logger.warn({ elapsedMs: Math.round(elapsedMs), bytes }, 'making the log durable took long')
}
