import { join } from 'node:path'
import type { Logger, Zxid } from '@menagerie/core'
import type { FileSystem } from '../files/file-system.js'
import { HEADER_LENGTH } from '../format/file-header.js'
import { logZxid } from '../format/file-names.js'
import { FRAME_OVERHEAD } from '../format/log-frames.js'
import type { DamagedSegment } from './damaged-end.js'
import { LogDamage, type TornTail } from './log-damage.js'
import { readSegment, type SegmentEnd } from './segment-reader.js'

/** A log file: all zxids from `first` up to the next file's. */
export interface Segment {
  readonly first: Zxid
  readonly path: string
  /** Bytes up to the end of its durable records; for files of earlier runs, of the file. */
  size: number
}

/** The log files of a folder, oldest first. */
export async function listSegments(fs: FileSystem, folder: string): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const name of await fs.list(folder)) {
    const first = logZxid(name)
    if (first === undefined) continue
    const path = join(folder, name)
    const file = await fs.open(path, 'read')
    try {
      segments.push({ first, path, size: await file.size() })
    } finally {
      await file.close()
    }
  }
  return segments.sort((a, b) => a.first - b.first)
}

/**
 * Reads the newest file to its end, cuts what a crash left there, and gives the last zxid (0: no records).
 * Newest files without any record are removed: a crash left them, and the next record may need their name.
 *
 * With `reports`, damage in the newest file with records is given back instead of thrown, and the log ends before it;
 * the file stays as it is.
 * @throws LogDamage
 */
export async function recoverTail(
  fs: FileSystem,
  folder: string,
  segments: Segment[],
  logger: Logger,
  reports = false,
): Promise<{ last: Zxid; torn?: TornTail; damaged?: DamagedSegment }> {
  let torn: TornTail | undefined
  let damaged: DamagedSegment | undefined
  for (;;) {
    const segment = segments.at(-1)
    if (!segment) return { last: 0, torn, damaged }
    const found = await readToEnd(readSegment(fs, segment.path)).catch(error => {
      if (!reports || damaged !== undefined || !(error instanceof LogDamage)) throw error
      damaged = { segment, damage: error }
      return undefined
    })
    if (found === undefined) {
      const { last, offset } = damaged!.damage
      segment.size = offset
      if (last > 0) return { last, torn, damaged }
      segments.pop()
      continue
    }
    if (found.torn) {
      torn = found.torn
      logger.warn({ ...torn, kind: 'torn' }, 'cut an interrupted write off the end of the log')
    }
    if (found.last > 0) {
      if (found.torn) await cutSegment(fs, segment, found.end)
      return { last: found.last, torn, damaged }
    }
    logger.warn({ file: segment.path }, 'removed a log file without records')
    segments.pop()
    await fs.remove(segment.path)
    await fs.syncDirectory(folder)
  }
}

/**
 * Drops every record after `last`, and gives the last zxid that is left. Goes from the newest file to
 * older ones: after a crash in between the log has no hole, and can be truncated again.
 */
export async function truncateSegments(fs: FileSystem, folder: string, segments: Segment[], last: Zxid): Promise<Zxid> {
  for (let segment = segments.at(-1); segment; segment = segments.at(-1)) {
    const cut = segment.first > last ? { end: 0, last: 0 } : await findCut(fs, segment, last)
    if (cut.last > 0) {
      if (cut.end < segment.size) await cutSegment(fs, segment, cut.end)
      return cut.last
    }
    segments.pop()
    await fs.remove(segment.path)
    // Before anything older is touched: were this file to come back, records would be missing before it.
    await fs.syncDirectory(folder)
  }
  return 0
}

/** Where the records up to `last` end in the file, and the zxid of the last of them (0: none). */
async function findCut(fs: FileSystem, segment: Segment, last: Zxid): Promise<{ end: number; last: Zxid }> {
  let end = HEADER_LENGTH
  let kept: Zxid = 0
  const batches = readSegment(fs, segment.path)
  for (let step = await batches.next(); !step.done; step = await batches.next()) {
    for (const { zxid, bytes } of step.value) {
      if (zxid > last) {
        await batches.return({ end, last: kept })
        return { end, last: kept }
      }
      kept = zxid
      end += bytes.length + FRAME_OVERHEAD
    }
  }
  return { end, last: kept }
}

/** Ends a file at `size`; durable once resolved. */
export async function cutSegment(fs: FileSystem, segment: Segment, size: number): Promise<void> {
  const file = await fs.open(segment.path, 'update')
  try {
    await file.truncate(size)
    await file.sync()
  } finally {
    await file.close()
  }
  segment.size = size
}

async function readToEnd(batches: AsyncGenerator<unknown, SegmentEnd>): Promise<SegmentEnd> {
  for (;;) {
    const { done, value } = await batches.next()
    if (done) return value as SegmentEnd
  }
}
