import type { InjectionToken } from 'tsyringe'
import type { Zxid } from '../zxid.js'

/** The kinds of watches that the server keeps (a client's exists watch is a data watch here). */
export type WatchKind = 'data' | 'child' | 'persistent' | 'persistentRecursive'

/** Who is told. One watcher is one client connection. */
export interface Watcher {
  /** Whether this watcher may read the znode; asked at event time (CVE-2024-23944). */
  mayRead(path: string): boolean
  /** Queues the event for the client, ahead of any later reply. */
  event(type: number, path: string, zxid: Zxid): void
}

/**
 * Keeps watches and says who hears of a change. Each watcher hears of one change at most once, even
 * where several of its watches match. One-shot watches are gone when {@link trigger} returns.
 */
export interface WatchDispatcher {
  /** Adds a watch; false when the watcher had it already. */
  add(path: string, kind: WatchKind, watcher: Watcher): boolean
  has(path: string, kind: WatchKind, watcher: Watcher): boolean
  /** Removes a watch; false when there was none. */
  remove(path: string, kind: WatchKind, watcher: Watcher): boolean
  /** Forgets a watcher whose connection is gone. */
  removeWatcher(watcher: Watcher): void
  /** A znode was created at `path`. The parent's child event comes by {@link childrenChanged}. */
  created(path: string, zxid: Zxid): void
  /** A znode was deleted: its data and child watchers each hear NodeDeleted once. */
  deleted(path: string, zxid: Zxid): void
  dataChanged(path: string, zxid: Zxid): void
  childrenChanged(parentPath: string, zxid: Zxid): void
  /** Watches in all: for monitoring. */
  readonly watchCount: number
  /** Whether any watch exists: what lets a write skip building paths. */
  readonly isEmpty: boolean
  /** For wchs, wchc and wchp: each watched path with its watchers. */
  entries(): Iterable<readonly [path: string, watchers: Iterable<Watcher>]>
}

export const WATCH_DISPATCHER: InjectionToken<WatchDispatcher> = Symbol('menagerie.WatchDispatcher')
