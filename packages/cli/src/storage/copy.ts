/**
 * Copies one storage into another: snapshots and records byte for byte, what stands beside snapshots where both storages
 * keep it, and the epochs.
 */
import {
  type Logger,
  MenagerieError,
  readStoredState,
  type SnapshotInfo,
  type StoredState,
  splitSnapshot,
  zxidHex,
} from '@menagerie/core'
import { describeTornTail, type Storage } from './open.js'
import type { Progress } from './progress.js'

export interface Copied {
  readonly snapshots: number
  readonly records: number
  /** Of snapshots and records; what a log has allocated ahead is not copied. */
  readonly bytes: number
  /** What both hold. */
  readonly state: StoredState
}

/** Queued bytes of records after which a flush is waited for. */
const SYNC_BYTES = 8 * 1024 * 1024

/**
 * Opens both, copies, and compares what a server would load from each: tree digest, last zxid, sessions and epochs.
 * The source is only read. Once `interrupted` is aborted it rejects with the reason, with both closed.
 *
 * @throws SNAPSHOT_*, LOG_* of the source before anything is written; CONFIG_INVALID where the target has data
 */
export async function copyStorage(
  from: Storage,
  to: Storage,
  progress: Progress,
  logger: Logger,
  interrupted: AbortSignal,
): Promise<Copied> {
  const opened: { close(): Promise<void> }[] = []
  const open = async (part: { open(): Promise<unknown>; close(): Promise<void> }) => {
    await part.open()
    opened.unshift(part)
  }
  try {
    await open(from.log)
    await open(from.snapshotter)
    const torn = from.tornTail()
    if (torn) logger.warn({}, `${describeTornTail(torn)}: it is left out`)
    const state = await readStoredState(from.log, from.snapshotter, logger)
    const logged = await recordBytes(from, interrupted)
    await open(to.log)
    await open(to.snapshotter)
    await refuseData(to)
    const snapshots = await readable(from, logger)
    const bytes = snapshots.reduce((sum, info) => sum + info.bytes, logged)
    progress.start('copying', bytes)
    const records = await copyRecords(from, to, progress, interrupted)
    // Oldest first: should this be interrupted, the newest that is there has its log.
    for (const info of [...snapshots].reverse()) await copySnapshot(from, to, info, { progress, interrupted, logger })
    await copyEpochs(from, to)
    progress.stop()
    compare(state, await readStoredState(to.log, to.snapshotter, logger), from, to)
    return { snapshots: snapshots.length, records, bytes, state }
  } catch (error) {
    // What closing says of a storage that has failed already would hide why.
    for (const part of opened.splice(0)) await part.close().catch(() => {})
    throw error
  } finally {
    progress.stop()
    for (const part of opened) await part.close()
  }
}

async function refuseData({ log, snapshotter }: Storage): Promise<void> {
  const { accepted, current } = log.epochs()
  const hasRecords = (await log.sync()) > 0
  if (!hasRecords && accepted < 0 && current < 0 && (await snapshotter.list()).length === 0) return
  throw new MenagerieError('CONFIG_INVALID', `${log.location} already holds data, and a copy needs an empty target`)
}

/** All snapshots but damaged ones, which the copy leaves behind. */
async function readable({ snapshotter }: Storage, logger: Logger): Promise<SnapshotInfo[]> {
  const found: SnapshotInfo[] = []
  for (const info of await snapshotter.list()) {
    try {
      for await (const _ of snapshotter.read(info));
      found.push(info)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'SNAPSHOT_CORRUPT') throw error
      logger.warn({ snapshot: info.name, error: String(error) }, 'left out a damaged snapshot')
    }
  }
  return found
}

/** Reads every record, also those that no server would replay: damage is found before anything is written. */
async function recordBytes({ log }: Storage, interrupted: AbortSignal): Promise<number> {
  let sum = 0
  for await (const batch of log.read(0)) {
    interrupted.throwIfAborted()
    for (const { bytes } of batch) sum += bytes.length
  }
  return sum
}

async function copyRecords(from: Storage, to: Storage, progress: Progress, interrupted: AbortSignal): Promise<number> {
  let records = 0
  let unsynced = 0
  for await (const batch of from.log.read(0)) {
    interrupted.throwIfAborted()
    for (const record of batch) {
      to.log.append(record)
      records++
      unsynced += record.bytes.length
      progress.add(record.bytes.length)
    }
    if (unsynced < SYNC_BYTES) continue
    await to.log.sync()
    unsynced = 0
  }
  await to.log.sync()
  return records
}

interface Course {
  readonly progress: Progress
  readonly interrupted: AbortSignal
  readonly logger: Logger
}

async function copySnapshot(from: Storage, to: Storage, info: SnapshotInfo, course: Course): Promise<void> {
  const { progress, interrupted, logger } = course
  let left = info.bytes
  const tell = (bytes: number) => {
    interrupted.throwIfAborted()
    progress.add(bytes)
    left -= bytes
  }
  const { body, trailers } = splitSnapshot(from.snapshotter.read(info))
  const beside = await companionOf(from, info, logger)
  const companion = beside && { companion: () => [beside] }
  await to.snapshotter.write(info.zxid, { body: counted(body, tell), trailers, ...companion })
  // The trailing sections, and what this storage puts around a snapshot.
  tell(left)
}

/** A start does without it, only slower. */
async function companionOf(
  { snapshotter }: Storage,
  info: SnapshotInfo,
  logger: Logger,
): Promise<Uint8Array | undefined> {
  try {
    return await snapshotter.companion?.(info)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SNAPSHOT_CORRUPT') throw error
    logger.warn({ snapshot: info.name, error: String(error) }, 'left out what is damaged beside a snapshot')
    return undefined
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tell(chunk.length)
    yield chunk
  }
}

async function copyEpochs(from: Storage, to: Storage): Promise<void> {
  const { accepted, current } = from.log.epochs()
  if (accepted >= 0) await to.log.setAcceptedEpoch(accepted)
  if (current >= 0) await to.log.setCurrentEpoch(current)
}

function compare(source: StoredState, target: StoredState, from: Storage, to: Storage): void {
  const differences: string[] = []
  const check = (what: string, a: unknown, b: unknown) => {
    if (a !== b) differences.push(`${what} is ${String(b)}, expected ${String(a)}`)
  }
  check('the last zxid', `0x${zxidHex(source.lastZxid)}`, `0x${zxidHex(target.lastZxid)}`)
  check('the digest of the tree', source.digest, target.digest)
  check('the number of znodes', source.znodes, target.znodes)
  check('the number of sessions', source.sessions.size, target.sessions.size)
  const [a, b] = [from.log.epochs(), to.log.epochs()]
  check('the accepted epoch', a.accepted, b.accepted)
  check('the current epoch', a.current, b.current)
  if (differences.length === 0) return
  const message = `the copy in ${to.log.location} differs from ${from.log.location}: ${differences.join('; ')}`
  throw new MenagerieError('SNAPSHOT_IO', message)
}
