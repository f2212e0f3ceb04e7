import type { InjectionToken } from 'tsyringe'
import type { Zxid } from '../zxid.js'

/**
 * A snapshot in Apache's serialisation, as the kernel produces it. `body` holds sessions, ACL table and
 * znodes; `trailers` the small sections after it (tree digest, last processed zxid), which are known
 * only once the body has been consumed.
 */
export interface SnapshotSource {
  /** In chunks of any length, in slices of time: a source may wait before it goes on. Iterated once. */
  body: AsyncIterable<Uint8Array>
  /**
   * Called once, after the last chunk of `body`. None, digest (20 bytes), zxid (8 bytes), or both in this
   * order: Apache's files do not say where the body ends, so a reader finds it by these lengths.
   */
  trailers(): readonly Uint8Array[]
  /**
   * Called once, after `trailers`, by a storage that has {@link Snapshotter.companion}: what the kernel would have
   * beside the snapshot, to be faster when it reads it again. Pieces of one sequence of bytes, of any length.
   */
  companion?(): readonly Uint8Array[]
}

/** A complete snapshot, as it is listed. */
export interface SnapshotInfo {
  /** The last transaction that was applied when the snapshot began. */
  readonly zxid: Zxid
  /** How people find it: a file name, a key. */
  readonly name: string
  /** About what it takes on the medium, for reports. */
  readonly bytes: number
  /** When it was complete, ms since 1970, where the medium knows; for people. */
  readonly writtenAtMs?: number
}

/**
 * Keeps snapshots. A snapshot exists as a whole or not at all: one that was not written to its end,
 * flushed and named is never listed.
 */
export interface Snapshotter {
  /** Where the snapshots are, for people: a directory, a name. */
  readonly location: string
  /** As {@link LogStorage.open}; the two share a medium, and either may come first. */
  open(): Promise<void>
  /**
   * Stores a snapshot; durable once resolved. A chunk may be reused by the source once the next one
   * has been asked for. When it fails nothing is left behind, and earlier snapshots stay.
   * @throws SNAPSHOT_IO
   */
  write(zxid: Zxid, source: SnapshotSource): Promise<SnapshotInfo>
  /** All that are complete, newest first. */
  list(): Promise<readonly SnapshotInfo[]>
  /**
   * The bytes of body and trailers, one after another, in chunks that are the reader's to keep. All
   * bytes have been checked when the iteration ends without throwing: a caller that loads as it reads
   * throws its half-built tree away on failure.
   * @throws SNAPSHOT_CORRUPT with name and offset
   */
  read(info: SnapshotInfo): AsyncIterable<Uint8Array>
  /**
   * The companion that a snapshot was written with; undefined for one that had none. It comes and goes with its
   * snapshot, and its bytes have been checked. No storage has to keep companions: one whose format has no room for
   * them leaves this method out.
   * @throws SNAPSHOT_CORRUPT where it is damaged, which the snapshot itself need not be; SNAPSHOT_MISSING
   */
  companion?(info: SnapshotInfo): Promise<Uint8Array | undefined>
  /**
   * Removes every snapshot of a later zxid: a leader has cut off the transactions that it holds. Durable once
   * resolved.
   */
  discardAfter(zxid: Zxid): Promise<void>
  /** Removes all but the newest `keep`, and returns the oldest zxid that is still there (0: none). */
  purge(keep: number): Promise<Zxid>
  /** Releases the medium, once no snapshot is written or read any more. Twice is fine. */
  close(): Promise<void>
}

/** Where the server looks for its snapshots; by default in memory. The plugin that fills it fills LOG_STORAGE too. */
export const SNAPSHOTTER: InjectionToken<Snapshotter> = Symbol.for('menagerie.Snapshotter')
