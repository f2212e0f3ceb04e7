/** Reads everything that a storage holds, and tells what is there and what is damaged. */
import {
  type Epochs,
  type Logger,
  type LogStorage,
  readStoredState,
  type SnapshotInfo,
  type Snapshotter,
  type StoredState,
  type Zxid,
  zxidCounter,
  zxidEpoch,
  zxidHex,
} from '@menagerie/core'
import { describeTornTail, type Storage } from './open.js'

export interface ExaminedSnapshot extends SnapshotInfo {
  /** Why it can not be read, if it can not. */
  readonly damage?: string
}

export interface ExaminedLog {
  /** 0 where there are no records. */
  readonly first: Zxid
  readonly last: Zxid
  readonly records: number
  readonly bytes: number
}

export interface Examination {
  readonly location: string
  readonly snapshots: readonly ExaminedSnapshot[]
  /** Undefined where the log cannot be opened. */
  readonly log?: ExaminedLog
  readonly epochs?: Epochs
  /** Undefined where what is damaged keeps a server from starting. */
  readonly state?: StoredState
  /** Sentences about what is damaged or missing; empty is good. */
  readonly damage: readonly string[]
  /** Sentences about what a start takes care of. */
  readonly notes: readonly string[]
}

/**
 * Opens log and snapshots one by one, so that one of them being damaged does not hide the other, and closes them.
 * @throws what is no damage: DATA_DIR_LOCKED, DATA_DIR_UNUSABLE, PLUGIN_INVALID
 */
export async function examine({ log, snapshotter, tornTail }: Storage, logger: Logger): Promise<Examination> {
  const damage: string[] = []
  const notes: string[] = []
  const logOpens = await opens(log, damage)
  const snapshotterOpens = await opens(snapshotter, damage)
  try {
    const snapshots = snapshotterOpens ? await examineSnapshots(snapshotter, damage) : []
    const torn = tornTail()
    if (torn) notes.push(`${describeTornTail(torn)}: a start cuts it`)
    const examined = logOpens ? await examineLog(log, snapshots, damage) : undefined
    const loads = logOpens && snapshotterOpens
    const state = loads ? await load(log, snapshotter, logger, damage) : undefined
    const epochs = logOpens ? log.epochs() : undefined
    return { location: log.location, snapshots, log: examined, epochs, state, damage, notes }
  } finally {
    await snapshotter.close()
    await log.close()
  }
}

const DAMAGE: readonly unknown[] = ['LOG_CORRUPT', 'SNAPSHOT_CORRUPT', 'SNAPSHOT_MISSING', 'TXN_UNKNOWN']

function note(error: unknown, damage: string[]): string {
  const { code, message } = error as Error & { code?: unknown }
  if (!DAMAGE.includes(code)) throw error
  // Loading meets again what was found before it.
  if (!damage.includes(message)) damage.push(message)
  return message
}

async function opens(part: { open(): Promise<unknown> }, damage: string[]): Promise<boolean> {
  try {
    await part.open()
    return true
  } catch (error) {
    note(error, damage)
    return false
  }
}

async function examineSnapshots(snapshotter: Snapshotter, damage: string[]): Promise<ExaminedSnapshot[]> {
  const examined: ExaminedSnapshot[] = []
  for (const info of await snapshotter.list()) {
    try {
      for await (const _ of snapshotter.read(info));
      await snapshotter.companion?.(info)
      examined.push(info)
    } catch (error) {
      examined.push({ ...info, damage: note(error, damage) })
    }
  }
  return examined
}

async function examineLog(
  log: LogStorage,
  snapshots: readonly ExaminedSnapshot[],
  damage: string[],
): Promise<ExaminedLog> {
  let first: Zxid = 0
  let last: Zxid = 0
  let records = 0
  try {
    for await (const batch of log.read(0)) {
      for (const { zxid } of batch) {
        if (last > 0 && isGap(last, zxid, snapshots)) {
          damage.push(
            `${log.location}: the transactions between 0x${zxidHex(last)} and 0x${zxidHex(zxid)} are missing from the log`,
          )
        }
        if (first === 0) first = zxid
        last = zxid
        records++
      }
    }
  } catch (error) {
    note(error, damage)
  }
  return { first, last, records, bytes: await log.size() }
}

/** A snapshot that a leader has sent stands for what is missing before it, and a new epoch begins anew. */
function isGap(last: Zxid, next: Zxid, snapshots: readonly ExaminedSnapshot[]): boolean {
  if (zxidEpoch(last) !== zxidEpoch(next) || zxidCounter(next) === zxidCounter(last) + 1) return false
  return !snapshots.some(({ zxid, damage }) => damage === undefined && zxid >= next - 1)
}

async function load(
  log: LogStorage,
  snapshotter: Snapshotter,
  logger: Logger,
  damage: string[],
): Promise<StoredState | undefined> {
  try {
    const state = await readStoredState(log, snapshotter, logger)
    if (state.wrongDigests > 0) {
      damage.push(
        `${snapshotter.location}: the digests beside the snapshot of zxid 0x${zxidHex(state.snapshotZxid ?? 0)} do not fit its znodes (${state.wrongDigests} of them)`,
      )
    }
    return state
  } catch (error) {
    note(error, damage)
    return undefined
  }
}
