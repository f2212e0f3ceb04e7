import { MenagerieError } from '../errors.js'
import { OpCode } from '../jute/codes.js'
import { reasonOf } from '../plugins/blame.js'
import type { LogStorage } from '../seams/log-storage.js'
import type { Logger } from '../seams/logger.js'
import type { SnapshotInfo, Snapshotter } from '../seams/snapshotter.js'
import type { ZnodeStore } from '../seams/znode-store.js'
import { DataTree, type TreeOptions } from '../tree/data-tree.js'
import { highHalf, joinHalves, lowHalf } from '../tree/ephemeral-owner.js'
import { SnapshotLoader } from '../tree/snapshot-loader.js'
import { StoredDigests } from '../tree/stored-digests.js'
import { DIGEST_VERSION } from '../tree/tree-digest.js'
import { type TxnEntry, TxnReader, UnknownTxnType } from '../tree/txn.js'
import { follows } from '../zab/history.js'
import { type Zxid, zxidHex } from '../zxid.js'

/** A guess, for making room: path, stat and a little data. Too much room costs four bytes a znode. */
const BYTES_PER_ZNODE = 160

/** What a server has on its medium, brought together. */
export interface LoadedState {
  readonly tree: DataTree
  readonly store: ZnodeStore
  /** Session timeouts in milliseconds. */
  readonly sessions: ReadonlyMap<bigint, number>
  /** The zxid of the snapshot that it began with, or null without one. */
  readonly snapshotZxid: Zxid | null
  /** The same with what its medium tells of it. */
  readonly snapshot: SnapshotInfo | null
  readonly replayed: number
  /** Digests that were kept beside the snapshot and are not those of its znodes; known with {@link LoadParts.checkDigests}. */
  readonly wrongDigests: number
}

export interface LoadParts {
  readonly log: LogStorage
  readonly snapshotter: Snapshotter
  readonly options: TreeOptions & { readonly snapshotTrustEmpty: boolean }
  /** A store for each attempt: a damaged snapshot spoils the one that it was read into. */
  readonly newStore: () => ZnodeStore
  readonly logger: Logger
  /** Compute the digest of each znode, also where it was kept beside the snapshot. */
  readonly checkDigests?: boolean
}

/**
 * Opens a log, and gives its last zxid. Whoever has a leader to take from begins without the end that is damaged; whoever
 * is alone must not lose it silently.
 * @throws what opening throws; LOG_CORRUPT for any damage where `hasPeers` is false
 */
async function openLog(log: LogStorage, hasPeers: boolean, logger: Logger): Promise<Zxid> {
  const last = await log.open(hasPeers ? 'report' : 'refuse')
  const { damage, location } = log
  if (!damage) return last
  logger.error(
    { log: location, error: damage.error.message, last: `0x${zxidHex(damage.last)}` },
    'the end of the log is damaged: this server has no vote until a leader that was elected without it has replaced it',
  )
  await damage.setAside()
  return last
}

/**
 * Opens the log as {@link openLog} does, and the snapshots at the same time: a storage may have a database to open for
 * each. Resolves, or rejects, when neither is under way any more.
 */
export async function openStorage(
  log: LogStorage,
  snapshotter: Snapshotter,
  hasPeers: boolean,
  logger: Logger,
): Promise<Zxid> {
  const [logged, snapshots] = await Promise.allSettled([
    openLog(log, hasPeers, logger),
    (async () => snapshotter.open())(),
  ])
  if (logged.status === 'rejected') throw logged.reason
  if (snapshots.status === 'rejected') throw snapshots.reason
  return logged.value
}

/**
 * The newest snapshot that can be read, then every transaction of the log after it.
 *
 * @throws SNAPSHOT_MISSING where a log is there without a snapshot to begin it; LOG_CORRUPT where
 * transactions between snapshot and log are missing; SNAPSHOT_CORRUPT where all snapshots are damaged.
 */
export async function loadState(parts: LoadParts): Promise<LoadedState> {
  const { log, logger } = parts
  const base = await loadSnapshot(parts)
  const { tree, store } = base
  const sessions = new Map(base.loader?.sessions ?? [])
  const snapshotZxid = base.info?.zxid ?? null
  tree.lastProcessedZxid = snapshotZxid ?? 0
  const replay = new Replay(tree, sessions, logger, base.loader?.digest?.zxid ?? 0)
  const reader = new TxnReader()
  let replayed = 0
  for await (const records of log.read(tree.lastProcessedZxid + 1)) {
    for (const record of records) {
      if (replayed++ === 0) checkBeginning(parts, snapshotZxid, record.zxid)
      replay.apply(entryOf(reader, record.bytes, record.zxid))
    }
  }
  removeOrphans(tree, sessions, logger)
  return { tree, store, sessions, snapshotZxid, snapshot: base.info, replayed, wrongDigests: base.wrongDigests }
}

/**
 * For a log that ends before the snapshot that the server goes on from: what is appended next would stand behind a hole,
 * which nobody sees where an epoch begins, and would be handed on as history (ZOOKEEPER-2418). A learner's log is left
 * behind like this by a leader's snapshot, and by a snapshot of its own that was faster than its log. What the log held
 * is dropped, and with it the older snapshots, which were of use with it only. The snapshot has to be durable; a crash on
 * the way leaves what the next start finds again.
 */
export async function dropBehindSnapshot(
  log: { truncateAfter(last: Zxid): Promise<unknown> },
  snapshotter: Snapshotter,
): Promise<void> {
  await snapshotter.purge(1)
  await log.truncateAfter(0)
}

interface Base {
  readonly tree: DataTree
  readonly store: ZnodeStore
  readonly loader: SnapshotLoader | null
  readonly info: SnapshotInfo | null
  readonly wrongDigests: number
}

async function loadSnapshot(parts: LoadParts): Promise<Base> {
  const snapshots = await parts.snapshotter.list()
  let damage: unknown
  for (const info of snapshots) {
    // That none can be made is no fault of the snapshot.
    const store = parts.newStore()
    try {
      const digests = await storedDigests(parts, info)
      try {
        return await readSnapshot(parts, info, digests, store)
      } catch (error) {
        // It may be the digests that do not belong to the snapshot.
        if (!digests?.trusted || isCorrupt(error)) throw error
        return await readSnapshot(parts, info, null, parts.newStore())
      }
    } catch (error) {
      damage = error
      parts.logger.warn({ snapshot: info.name, error: String(error) }, 'snapshot is damaged; trying the one before')
    }
  }
  if (snapshots.length > 0) {
    const which =
      snapshots.length === 1
        ? `the only snapshot, ${snapshots[0].name}, cannot be read`
        : `none of the ${snapshots.length} snapshots can be read; the oldest is ${snapshots.at(-1)?.name}`
    throw new MenagerieError('SNAPSHOT_CORRUPT', `${which}: ${reasonOf(damage)}`, { cause: damage })
  }
  const store = parts.newStore()
  const tree = new DataTree(store, parts.options)
  tree.initialise()
  return { tree, store, loader: null, info: null, wrongDigests: 0 }
}

async function readSnapshot(
  parts: LoadParts,
  info: SnapshotInfo,
  digests: StoredDigests | null,
  store: ZnodeStore,
): Promise<Base> {
  const tree = new DataTree(store, parts.options)
  store.expect(info.bytes / BYTES_PER_ZNODE)
  const loader = new SnapshotLoader(tree, true, digests)
  for await (const chunk of parts.snapshotter.read(info)) loader.push(chunk)
  loader.finish()
  return { tree, store, loader, info, wrongDigests: digests?.wrong ?? 0 }
}

/** Null where the storage has none, or damaged ones: then they are computed. */
async function storedDigests(parts: LoadParts, info: SnapshotInfo): Promise<StoredDigests | null> {
  const { snapshotter, options, logger } = parts
  if (!options.digestEnabled) return null
  try {
    const bytes = await snapshotter.companion?.(info)
    return bytes === undefined ? null : new StoredDigests(bytes, !parts.checkDigests)
  } catch (error) {
    if (!isCorrupt(error)) throw error
    logger.warn({ snapshot: info.name, error: String(error) }, 'the digests beside the snapshot are damaged; computing')
    return null
  }
}

/** By its code: the storage may have been built with another copy of this package. */
const isCorrupt = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'SNAPSHOT_CORRUPT'

/** The log must go on where the snapshot ends: what is missing between them would be lost silently. */
function checkBeginning(parts: LoadParts, snapshotZxid: Zxid | null, first: Zxid): void {
  if (snapshotZxid === null) {
    if (first === 1 || parts.options.snapshotTrustEmpty) return
    throw new MenagerieError(
      'SNAPSHOT_MISSING',
      `the log begins at zxid 0x${zxidHex(first)} and there is no snapshot of what came before; restore the snapshot, or set snapshot.trust.empty=true to start from the log alone`,
    )
  }
  if (follows(snapshotZxid, first)) return
  throw new MenagerieError(
    'LOG_CORRUPT',
    `the newest readable snapshot ends at zxid 0x${zxidHex(snapshotZxid)} and the log goes on at 0x${zxidHex(first)}: the transactions between are missing`,
  )
}

function entryOf(reader: TxnReader, bytes: Uint8Array, zxid: Zxid): TxnEntry {
  try {
    return reader.read(bytes)
  } catch (error) {
    const code = error instanceof UnknownTxnType ? 'TXN_UNKNOWN' : 'LOG_CORRUPT'
    throw new MenagerieError(code, `the transaction 0x${zxidHex(zxid)} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Applies logged transactions, and keeps count of the sessions that they open and close. */
class Replay {
  private mismatchReported = false

  constructor(
    private readonly tree: DataTree,
    private readonly sessions: Map<bigint, number>,
    private readonly logger: Logger,
    /** Up to here a fuzzy snapshot may hold more than the log says. */
    private readonly fuzzyUntil: Zxid,
  ) {}

  apply({ header, txn, digest }: TxnEntry): void {
    if (txn.type === OpCode.createSession) {
      this.sessions.set(joinHalves(header.clientHigh, header.clientLow), txn.timeoutMs)
    } else if (txn.type === OpCode.closeSession) {
      this.sessions.delete(joinHalves(header.clientHigh, header.clientLow))
    }
    this.tree.apply(header, txn)
    if (digest === null || digest.version !== DIGEST_VERSION || header.zxid < this.fuzzyUntil) return
    if (this.mismatchReported || !this.tree.options.digestEnabled || this.tree.digest.equals(digest)) return
    this.mismatchReported = true
    this.logger.warn(
      { zxid: `0x${zxidHex(header.zxid)}` },
      'the digest of the tree differs from the one in the log from this transaction on',
    )
  }
}

/** Ephemerals whose session is neither in the snapshot nor in the log: a fuzzy snapshot can leave some. */
export function removeOrphans(tree: DataTree, sessions: ReadonlyMap<bigint, number>, logger: Logger): void {
  for (const session of [...tree.owned.ephemerals.keys()]) {
    if (sessions.has(session)) continue
    logger.warn(
      { session: `0x${BigInt.asUintN(64, session).toString(16)}` },
      'removing ephemerals of a session that is gone',
    )
    tree.apply(
      {
        clientHigh: highHalf(session),
        clientLow: lowHalf(session),
        cxid: 0,
        zxid: tree.lastProcessedZxid,
        timeMs: 0,
      },
      { type: OpCode.closeSession, paths: null },
    )
  }
}
