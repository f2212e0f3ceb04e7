import type { Metrics } from '../seams/metrics.js'

/** Apache's name for the number of flushes of the log that took longer than `fsync.warningthresholdms`. */
const NAME = 'fsync_threshold_exceed_count'

/**
 * Gives a storage what it calls for each flush that took too long. The number shows among the metrics from the first one
 * on, so that `mntr` has no key that Apache's has not; `srst` leaves it, as with Apache (ServerStats).
 */
export function slowFlushCounter(metrics: Metrics): () => void {
  let count = 0
  return () => {
    if (count++ === 0) metrics.gauge(NAME, () => count)
  }
}

/** What the storage of a server has counted so far. */
export function slowFlushes(metrics: Metrics): number {
  const count = metrics.read().get(NAME)
  return typeof count === 'number' ? count : 0
}
