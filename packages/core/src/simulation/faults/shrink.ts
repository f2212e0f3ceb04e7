import type { Fault, Schedule } from './schedule.js'

/** What is left of a failing schedule once no fault more can be left out. */
export interface ShrinkResult {
  /** The shortest schedule found that still fails. */
  readonly schedule: Schedule
  /** How many runs that took. */
  readonly runs: number
}

/**
 * Looks for a shorter schedule that fails as well: delta debugging over the faults (Zeller), then a shorter
 * workload and fewer clients. Gives up after `runsMax` runs.
 *
 * @param fails Runs a schedule and says whether it still fails.
 */
export async function shrink(
  schedule: Schedule,
  fails: (candidate: Schedule) => Promise<boolean>,
  runsMax = 200,
): Promise<ShrinkResult> {
  let runs = 0
  let best = schedule
  const attempt = async (candidate: Schedule): Promise<boolean> => {
    if (runs >= runsMax) return false
    runs++
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  await shrinkFaults(schedule.faults, faults => attempt({ ...best, faults }))
  for (const share of [0.25, 0.5, 0.75]) {
    const durationMs = Math.ceil(schedule.durationMs * share)
    if (best.faults.every(fault => fault.atMs <= durationMs) && (await attempt({ ...best, durationMs }))) break
  }
  for (let clients = 1; clients < schedule.clients; clients++) {
    if (await attempt({ ...best, clients, faults: best.faults.filter(fault => concernsUpTo(fault, clients)) })) break
  }
  return { schedule: best, runs }
}

function concernsUpTo(fault: Fault, clients: number): boolean {
  return !('client' in fault) || fault.client <= clients
}

/** The ddmin algorithm: halves, then quarters, and so on, first alone and then left out. */
async function shrinkFaults(
  faults: readonly Fault[],
  attempt: (faults: readonly Fault[]) => Promise<boolean>,
): Promise<void> {
  let rest = faults
  if (rest.length > 0 && (await attempt([]))) return
  let parts = 2
  while (rest.length > 1) {
    const size = Math.ceil(rest.length / parts)
    let smaller: readonly Fault[] | null = null
    for (let start = 0; start < rest.length && smaller === null; start += size) {
      const without = [...rest.slice(0, start), ...rest.slice(start + size)]
      if (await attempt(without)) smaller = without
    }
    if (smaller !== null) {
      rest = smaller
      parts = Math.max(2, parts - 1)
    } else if (size === 1) {
      return
    } else {
      parts = Math.min(rest.length, parts * 2)
    }
  }
}
