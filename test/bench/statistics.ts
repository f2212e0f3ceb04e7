/** The arithmetic of the tables. Nothing here knows where a number came from. */

/**
 * The value below or at which a share of the samples lies (nearest rank, so always one that was measured).
 * @param sorted ascending
 * @param share between 0 and 1; 1 is the maximum
 * @returns NaN without samples
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN
  const rank = Math.ceil(share * sorted.length)
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]
}

/** The middle value, or the mean of the two in the middle; NaN without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** value / baseline; NaN where that says nothing (no number, or a baseline that is not positive). */
export function ratio(value: number, baseline: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(baseline) || baseline <= 0) return Number.NaN
  return value / baseline
}

export type Better = 'higher' | 'lower'

/** Whether a ratio reaches its target; null where either is missing. The target itself counts as reached. */
export function reached(ratioMeasured: number, target: number | null, better: Better): boolean | null {
  if (target === null || Number.isNaN(ratioMeasured)) return null
  return better === 'higher' ? ratioMeasured >= target : ratioMeasured <= target
}

/** Half the distance between the extremes, as a share of the median: how far the rounds disagree. */
export function spread(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  return ratio((Math.max(...values) - Math.min(...values)) / 2, median(values))
}
