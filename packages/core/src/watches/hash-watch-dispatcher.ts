import { EventType } from '../jute/codes.js'
import type { Metrics, WatchDispatcher, Watcher, WatchKind, WatchSummary } from '../seams/index.js'
import type { Zxid } from '../zxid.js'
import { type ToldWatchers, toldWatchers } from './told-watchers.js'
import { type Audience, join, listed, WatchTable } from './watch-table.js'

/**
 * The default {@link WatchDispatcher}: one hash table for each kind of watch.
 *
 * Apache keeps two tables, of data and of child watches, with the kinds as flags, and a persistent watch
 * in both. One table for each kind behaves the same and keeps the usual case (one-shot watches, one
 * watcher each) free of flags. What differs is only how watches are counted: see {@link watchCount}.
 *
 * A change costs one look-up in each table that is not empty; the path is walked upwards only while
 * recursive watches exist, and then in their table alone, so that a crowd of one-shot watches on an
 * ancestor costs nothing.
 */
export class HashWatchDispatcher implements WatchDispatcher {
  readonly #tables: Readonly<Record<WatchKind, WatchTable>> = {
    data: new WatchTable(),
    child: new WatchTable(),
    persistent: new WatchTable(),
    persistentRecursive: new WatchTable(),
  }
  readonly #told: ToldWatchers | undefined

  /** With `metrics`, how many watchers each event had is observed under Apache's names. */
  constructor(metrics?: Metrics) {
    this.#told = metrics && toldWatchers(metrics)
  }

  add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return this.#tables[kind].add(path, watcher)
  }

  has(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return this.#tables[kind].has(path, watcher)
  }

  remove(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return this.#tables[kind].remove(path, watcher)
  }

  removeWatcher(watcher: Watcher): void {
    const { data, child, persistent, persistentRecursive } = this.#tables
    data.removeWatcher(watcher)
    child.removeWatcher(watcher)
    persistent.removeWatcher(watcher)
    persistentRecursive.removeWatcher(watcher)
  }

  created(path: string, zxid: Zxid, acl: number): void {
    this.#tell(EventType.NodeCreated, path, zxid, acl, this.#watchersOfNode(path))
  }

  deleted(path: string, zxid: Zxid, acl: number): void {
    const watchers = join(this.#watchersOfNode(path), this.#tables.child.take(path))
    this.#tell(EventType.NodeDeleted, path, zxid, acl, watchers)
  }

  dataChanged(path: string, zxid: Zxid, acl: number): void {
    this.#tell(EventType.NodeDataChanged, path, zxid, acl, this.#watchersOfNode(path))
  }

  childrenChanged(parentPath: string, zxid: Zxid, acl: number): void {
    const { child, persistent } = this.#tables
    const watchers = join(child.take(parentPath), persistent.watchersOf(parentPath))
    this.#tell(EventType.NodeChildrenChanged, parentPath, zxid, acl, watchers)
  }

  get isEmpty(): boolean {
    const { data, child, persistent, persistentRecursive } = this.#tables
    return data.size + child.size + persistent.size + persistentRecursive.size === 0
  }

  /** Takes time in proportion to the persistent watches. */
  get watchCount(): number {
    const { child, persistent } = this.#tables
    return this.#dataWatchCount() + child.size + persistent.size - shared(persistent, [child])
  }

  /** Takes time in proportion to the persistent watches and to all connections that watch. */
  summary(): WatchSummary {
    const watchers = new Set<Watcher>()
    let paths = 0
    this.#dataTables.forEach((table, index) => {
      for (const watcher of table.watchers()) watchers.add(watcher)
      if (index === 0) paths = table.pathCount
      else for (const path of table.paths()) if (!this.#isPathBefore(index, path)) paths++
    })
    return { connections: watchers.size, paths, watches: this.#dataWatchCount() }
  }

  *entries(): Iterable<readonly [path: string, watchers: Iterable<Watcher>]> {
    for (const [index, table] of this.#dataTables.entries()) {
      for (const path of table.paths()) {
        if (this.#isPathBefore(index, path)) continue
        let watchers: Audience
        for (const each of this.#dataTables) watchers = join(watchers, each.watchersOf(path))
        yield [path, listed(watchers)]
      }
    }
  }

  /** The kinds that Apache keeps among its data watches, the most numerous first. */
  get #dataTables(): readonly WatchTable[] {
    const { data, persistent, persistentRecursive } = this.#tables
    return [data, persistent, persistentRecursive]
  }

  /** Whether one of the data tables before the one at `index` has the path. */
  #isPathBefore(index: number, path: string): boolean {
    return this.#dataTables.slice(0, index).some(table => table.watchersOf(path) !== undefined)
  }

  #dataWatchCount(): number {
    const { data, persistent, persistentRecursive } = this.#tables
    const repeated = shared(persistent, [data]) + shared(persistentRecursive, [data, persistent])
    return data.size + persistent.size + persistentRecursive.size - repeated
  }

  /** Who hears of a change of the znode itself; data watches are taken. */
  #watchersOfNode(path: string): Audience {
    const { data, persistent, persistentRecursive } = this.#tables
    const watchers = join(data.take(path), persistent.watchersOf(path))
    return persistentRecursive.size === 0 ? watchers : join(watchers, this.#recursiveWatchersOf(path))
  }

  #recursiveWatchersOf(path: string): Audience {
    const table = this.#tables.persistentRecursive
    let watchers = table.watchersOf(path)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      watchers = join(watchers, table.watchersOf(path.slice(0, end)))
    }
    return path === '/' ? watchers : join(watchers, table.watchersOf('/'))
  }

  #tell(type: number, path: string, zxid: Zxid, acl: number, watchers: Audience): void {
    if (watchers === undefined) return
    if (watchers instanceof Set) {
      this.#told?.[type]?.observe(watchers.size)
      // The set may lose watchers meanwhile (a connection that fails as it is told), which iteration allows.
      for (const watcher of watchers) if (watcher.mayRead(acl, path)) watcher.event(type, path, zxid)
    } else {
      this.#told?.[type]?.observe(1)
      if (watchers.mayRead(acl, path)) watchers.event(type, path, zxid)
    }
  }
}

/** How many watches of `table` are also in one of `others`. */
function shared(table: WatchTable, others: readonly WatchTable[]): number {
  if (table.size === 0) return 0
  let count = 0
  for (const path of table.paths()) {
    for (const watcher of listed(table.watchersOf(path))) {
      if (others.some(other => other.has(path, watcher))) count++
    }
  }
  return count
}
