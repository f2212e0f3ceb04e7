/**
 * The rules of the requests that name watches by number (addWatch, checkWatches, removeWatches), as
 * 3.9 has them: a type matches exactly its own kind, and Any matches every kind. (3.8.0 let Children
 * and Data match persistent watches too, and did not know types 4 and 5.)
 */
import { AddWatchMode, KeeperCode, WatcherType } from '../jute/codes.js'
import type { WatchDispatcher, Watcher, WatchKind } from '../seams/index.js'

const EVERY_KIND: readonly WatchKind[] = ['data', 'child', 'persistent', 'persistentRecursive']

const KINDS_OF_TYPE: ReadonlyMap<number, readonly WatchKind[]> = new Map([
  [WatcherType.Children, ['child']],
  [WatcherType.Data, ['data']],
  [WatcherType.Any, EVERY_KIND],
  [WatcherType.Persistent, ['persistent']],
  [WatcherType.PersistentRecursive, ['persistentRecursive']],
])

/** What checkWatches and removeWatches are answered. */
export type WatchAnswer = typeof KeeperCode.Ok | typeof KeeperCode.NoWatcher | typeof KeeperCode.MarshallingError

/** The kind of watch that an addWatch mode asks for; undefined for a mode nobody knows (MarshallingError). */
export function watchKindOfMode(mode: number): WatchKind | undefined {
  if (mode === AddWatchMode.Persistent) return 'persistent'
  if (mode === AddWatchMode.PersistentRecursive) return 'persistentRecursive'
  return undefined
}

/** checkWatches: whether the watcher has a watch of this {@link WatcherType} at the path. */
export function containsWatcher(
  dispatcher: WatchDispatcher,
  path: string | null,
  type: number,
  watcher: Watcher,
): WatchAnswer {
  const kinds = KINDS_OF_TYPE.get(type)
  if (kinds === undefined) return KeeperCode.MarshallingError
  if (path === null) return KeeperCode.NoWatcher
  return kinds.some(kind => dispatcher.has(path, kind, watcher)) ? KeeperCode.Ok : KeeperCode.NoWatcher
}

/** removeWatches: removes what {@link containsWatcher} would find. */
export function removeWatch(
  dispatcher: WatchDispatcher,
  path: string | null,
  type: number,
  watcher: Watcher,
): WatchAnswer {
  const kinds = KINDS_OF_TYPE.get(type)
  if (kinds === undefined) return KeeperCode.MarshallingError
  if (path === null) return KeeperCode.NoWatcher
  let removed = false
  for (const kind of kinds) removed = dispatcher.remove(path, kind, watcher) || removed
  return removed ? KeeperCode.Ok : KeeperCode.NoWatcher
}
