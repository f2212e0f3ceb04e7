import type { InjectionToken } from 'tsyringe'
import type { Zxid } from '../zxid.js'

/** The kinds of watches that the server keeps (a client's exists watch is a data watch here). */
export type WatchKind = 'data' | 'child' | 'persistent' | 'persistentRecursive'

/** Who is told. One watcher is one client connection; it is compared by identity. */
export interface Watcher {
  /**
   * Whether this watcher may read a znode with this ACL (the key that the change was reported with), at
   * this path. Asked at event time, once for each event (CVE-2024-23944).
   */
  mayRead(acl: number, path: string): boolean
  /** Queues the event for the client, ahead of any later reply. Must not add watches from inside. */
  event(type: number, path: string, zxid: Zxid): void
}

/** What wchs prints. */
export interface WatchSummary {
  /** Watchers that have a watch. */
  readonly connections: number
  /** Paths that are watched. */
  readonly paths: number
  /** Pairs of a path and a watcher. */
  readonly watches: number
}

/**
 * Keeps watches and says who hears of a change.
 *
 * Kinds are independent: a watcher may hold all four on one path, and each is added, asked for and
 * removed on its own. Each watcher hears of one event at most once, even where several of its watches
 * match. Data and child watches are gone once they matched, also where the event was withheld because
 * the watcher may not read the znode; persistent ones stay. Everything is synchronous: when a trigger
 * call returns, every event has been handed over.
 *
 * The kernel reports a change when the tree shows it, in the order created or deleted or dataChanged,
 * then childrenChanged of the parent. `acl` is the key into the ACL table of the znode at `path`: the
 * new znode's for created, the one that the znode had for deleted (so its reference in the ACL table is
 * released after the call), the parent's for childrenChanged. Only watchers interpret it.
 */
export interface WatchDispatcher {
  /**
   * Adds a watch; false when the watcher had it already. Not to be called for a watcher whose
   * connection is gone: nothing would remove the watch.
   */
  add(path: string, kind: WatchKind, watcher: Watcher): boolean
  /** Whether the watcher has this watch; one that has matched is gone. */
  has(path: string, kind: WatchKind, watcher: Watcher): boolean
  /** Removes a watch; false when there was none. */
  remove(path: string, kind: WatchKind, watcher: Watcher): boolean
  /**
   * Forgets a watcher whose connection is gone. May be called from inside {@link Watcher.event}; whether
   * the watcher then still hears of the event in progress is not promised.
   */
  removeWatcher(watcher: Watcher): void
  /** NodeCreated to data, persistent and recursive watches. The parent's event comes by {@link childrenChanged}. */
  created(path: string, zxid: Zxid, acl: number): void
  /** NodeDeleted to all watches of the path and recursive ones above it. */
  deleted(path: string, zxid: Zxid, acl: number): void
  /** NodeDataChanged to data, persistent and recursive watches. */
  dataChanged(path: string, zxid: Zxid, acl: number): void
  /** NodeChildrenChanged to child and persistent watches of `parentPath`; never to recursive ones. */
  childrenChanged(parentPath: string, zxid: Zxid, acl: number): void
  /**
   * Watches in all, as Apache's watch_count: a path and watcher count once among the data watches and
   * once among the child watches, and a persistent watch is in both.
   */
  readonly watchCount: number
  /** Whether no watch exists: what lets a write skip building paths. */
  readonly isEmpty: boolean
  /** For wchs. As Apache's, this and {@link entries} leave out child watches. */
  summary(): WatchSummary
  /** For wchc and wchp: each watched path with its watchers. Not to be used across a change. */
  entries(): Iterable<readonly [path: string, watchers: Iterable<Watcher>]>
}

/** Where the server looks for its watches; by default a hash table. */
export const WATCH_DISPATCHER: InjectionToken<WatchDispatcher> = Symbol.for('menagerie.WatchDispatcher')
