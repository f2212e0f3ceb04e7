import type { InjectionToken } from 'tsyringe'
import type { MenagerieError } from '../errors.js'
import type { Zxid } from '../zxid.js'

/** One transaction as the log keeps it. */
export interface LogRecord {
  readonly zxid: Zxid
  /** TxnHeader, the transaction's record and, if digests are on, its TxnDigest, in jute. */
  readonly bytes: Uint8Array
}

/** What Zab has promised, kept durably beside the log. -1: never written. */
export interface Epochs {
  /** The newest epoch whose leader was promised that no earlier one is followed (acceptedEpoch). */
  readonly accepted: number
  /** The epoch of the history in the log (currentEpoch); never above `accepted`. */
  readonly current: number
}

/**
 * The newest records of a log are damaged: not torn by a crash, but changed after they were written, so that some of
 * them may have been acknowledged. A log that ends before them is not to be believed: who votes with it may lose what
 * was committed. It stays so over restarts, until what is missing has come from elsewhere.
 */
export interface DamagedEnd {
  /** LOG_CORRUPT with the place; what a server that has nowhere to take them from stops with. */
  readonly error: MenagerieError
  /** The last sound record before the damage (0: none). */
  readonly last: Zxid
  /** Takes the damaged records out of the log, which goes on after `last`; durable once resolved. */
  setAside(): Promise<void>
  /** All that is missing is there again, and durable: the log may be believed. Durable once resolved. */
  replaced(): Promise<void>
}

/**
 * The transaction log: records in zxid order, never rewritten.
 *
 * One caller. `append` only queues, `sync` makes durable. After LOG_IO the state on disk is unknown:
 * the log takes nothing more, and the server stops rather than retry the flush.
 */
export interface LogStorage {
  /** Where the log is, for people: a directory, a name. */
  readonly location: string
  /**
   * Opens or creates the medium, cuts a torn last record and gives the last zxid (0: empty).
   * @param onDamage `report`: where the newest records are damaged, a log that can do so opens without them and tells of
   * it in {@link damage}. Otherwise, and by default, it throws.
   * @throws DATA_DIR_UNUSABLE, DATA_DIR_LOCKED, LOG_CORRUPT
   */
  open(onDamage?: 'refuse' | 'report'): Promise<Zxid>
  /**
   * Null, or left out by logs that only ever refuse: nothing is known to be damaged. Otherwise nothing can be appended
   * or truncated until it is set aside. @throws LOG_CORRUPT from these.
   */
  readonly damage?: DamagedEnd | null
  /**
   * Queues one record behind earlier ones. Zxids rise strictly; a jump is normal (a new epoch). The log
   * owns the byte array until a sync that covers it resolves.
   * @throws LOG_OUT_OF_ORDER nothing was queued, and the log stays usable.
   * @throws LOG_CLOSED
   */
  append(record: LogRecord): void
  /**
   * Resolves once every record appended before this call would survive a power cut, with the highest
   * such zxid (0 for an empty log). Calls may overlap: they resolve in call order and may share one
   * flush. @throws LOG_IO as above.
   * @param alone the caller has nothing else to do meanwhile: the log may hold its thread for the flush, which is
   * the quicker way where a flush takes less than handing it to another thread. A hint; false unless it is known.
   */
  sync(alone?: boolean): Promise<Zxid>
  /**
   * Records with zxid >= `from` that are durable when called, in order, in batches. Damage before the
   * end throws LOG_CORRUPT with file and byte offset. The batch's arrays are the reader's to keep.
   */
  read(from: Zxid): AsyncIterable<readonly LogRecord[]>
  /** Drops every record after `last`, neither more nor less; durable once resolved. @throws LOG_IO */
  truncateAfter(last: Zxid): Promise<void>
  /**
   * A hint that a snapshot is being taken here: records appended from now on may go to a new segment,
   * so that {@link purgeThrough} can drop whole ones.
   */
  roll(): void
  /** Permits, without requiring, the removal of records with zxid <= `last`. */
  purgeThrough(last: Zxid): Promise<void>
  /** Bytes that the log occupies, near enough for reports. */
  size(): Promise<number>
  /** What was last made durable; read when the log is opened. */
  epochs(): Epochs
  /** Durable once resolved; atomic: after a crash the old value or the new one. @throws LOG_IO */
  setAcceptedEpoch(epoch: number): Promise<void>
  /** As {@link setAcceptedEpoch}. */
  setCurrentEpoch(epoch: number): Promise<void>
  /** Syncs and releases everything. Later calls fail with LOG_CLOSED; closing twice is fine. */
  close(): Promise<void>
}

/** Where the server looks for its log; by default in memory. The plugin that fills it fills SNAPSHOTTER too. */
export const LOG_STORAGE: InjectionToken<LogStorage> = Symbol.for('menagerie.LogStorage')
