import { type LogRecord, type Zxid, zxidCounter, zxidEpoch } from '@menagerie/core'
import type { FileSystem } from '../files/file-system.js'
import { logName } from '../format/file-names.js'
import { LogDamage } from './log-damage.js'
import { readSegment } from './segment-reader.js'
import type { Segment } from './segments.js'

/** A file to read; with `limit`, only that far, and every byte up to there must be sound. */
export interface SegmentSpan {
  readonly segment: Segment
  readonly limit: number | undefined
}

/**
 * The records from `from` to `last` of consecutive files.
 *
 * Apache may log a transaction twice (a learner that joins anew while it synchronises); the second is
 * the same as the first, and is left out.
 * @throws LogDamage
 */
export async function* readSegments(
  fs: FileSystem,
  spans: readonly SegmentSpan[],
  from: Zxid,
  last: Zxid,
): AsyncGenerator<readonly LogRecord[]> {
  let seen: Zxid = 0
  for (const [i, { segment, limit }] of spans.entries()) {
    const batches = readSegment(fs, segment.path, limit)
    let step = await batches.next()
    for (; !step.done; step = await batches.next()) {
      const records = rising(step.value, Math.max(from, seen + 1), last)
      if (records.length === 0) continue
      seen = records[records.length - 1].zxid
      yield records
    }
    seen = Math.max(seen, step.value.last)
    const next = spans[i + 1]?.segment
    if (step.value.torn && next && !continues(seen, next.first)) {
      throw new LogDamage(segment.path, step.value.end, `records between here and ${logName(next.first)} are missing`)
    }
  }
}

/** Records with zxids that rise from `least` to `last`; nearly always the array as it is. */
function rising(records: LogRecord[], least: Zxid, last: Zxid): readonly LogRecord[] {
  let previous = least - 1
  const wanted = ({ zxid }: LogRecord): boolean => {
    if (zxid <= previous || zxid > last) return false
    previous = zxid
    return true
  }
  return records.filter(wanted)
}

/**
 * Whether nothing is missing between a file with a torn end and the next one. Apache leaves a torn record
 * where it is and goes on in a new file, under the zxid that the torn one had.
 */
function continues(last: Zxid, nextFirst: Zxid): boolean {
  return last === 0 || zxidEpoch(nextFirst) !== zxidEpoch(last) || zxidCounter(nextFirst) === zxidCounter(last) + 1
}
