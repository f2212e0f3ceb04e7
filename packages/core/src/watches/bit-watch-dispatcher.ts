import { EventType } from '../jute/codes.js'
import type { Metrics, WatchDispatcher, Watcher, WatchKind, WatchSummary } from '../seams/index.js'
import type { Zxid } from '../zxid.js'
import { BitWatchTable } from './bit-watch-table.js'
import { forEachId, type IdSet } from './id-set.js'
import { type ToldWatchers, toldWatchers } from './told-watchers.js'
import { WatcherIds } from './watcher-ids.js'

/** Dead watches that are always left alone: sweeping for fewer is not worth the walk. */
const SWEEP_MIN = 1000

/**
 * The {@link WatchDispatcher} for very many watchers of the same paths (Apache: WatchManagerOptimized).
 *
 * Watchers are numbered, and a path keeps a set of numbers: bits where many watch it. There is no table from watchers
 * to paths, which is what most memory of {@link HashWatchDispatcher} goes to. So a watcher that goes leaves its watches
 * behind; they are dropped as their paths change, or all at once when they outnumber half of those that live, which
 * keeps both memory and the average cost of a goodbye bounded.
 */
export class BitWatchDispatcher implements WatchDispatcher {
  readonly #ids = new WatcherIds()
  readonly #tables: Readonly<Record<WatchKind, BitWatchTable>> = {
    data: new BitWatchTable(this.#ids),
    child: new BitWatchTable(this.#ids),
    persistent: new BitWatchTable(this.#ids),
    persistentRecursive: new BitWatchTable(this.#ids),
  }
  readonly #all: readonly BitWatchTable[] = Object.values(this.#tables)
  readonly #told: ToldWatchers | undefined
  /** Sets are walked: none of them may be swept. */
  #telling = false

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
    const id = this.#ids.forget(watcher)
    if (id === undefined) return
    for (const table of this.#all) table.forget(id)
    this.#sweepWhenDue()
  }

  created(path: string, zxid: Zxid, acl: number): void {
    this.#nodeChanged(EventType.NodeCreated, path, zxid, acl, undefined)
  }

  deleted(path: string, zxid: Zxid, acl: number): void {
    this.#nodeChanged(EventType.NodeDeleted, path, zxid, acl, this.#tables.child)
  }

  dataChanged(path: string, zxid: Zxid, acl: number): void {
    this.#nodeChanged(EventType.NodeDataChanged, path, zxid, acl, undefined)
  }

  childrenChanged(parentPath: string, zxid: Zxid, acl: number): void {
    const { child, persistent } = this.#tables
    const taken = child.take(parentPath)
    const kept = persistent.idsOf(parentPath)
    if (taken === undefined && kept === undefined) return
    this.#tell(EventType.NodeChildrenChanged, parentPath, zxid, acl, [child, taken], [undefined, kept])
  }

  get isEmpty(): boolean {
    const { data, child, persistent, persistentRecursive } = this.#tables
    return data.size + child.size + persistent.size + persistentRecursive.size === 0
  }

  /** Takes time in proportion to the persistent watches. */
  get watchCount(): number {
    const { child, persistent } = this.#tables
    return this.#dataWatchCount() + child.size + persistent.size - this.#shared(persistent, [child])
  }

  /** Takes time in proportion to all watches and all numbers of watchers. */
  summary(): WatchSummary {
    this.#sweep()
    let connections = 0
    for (let id = 0; id < this.#ids.bound; id++) {
      if (this.#dataTables.some(table => table.hasWatches(id))) connections++
    }
    let paths = 0
    this.#dataTables.forEach((table, index) => {
      for (const path of table.paths()) if (!this.#isPathBefore(index, path)) paths++
    })
    return { connections, paths, watches: this.#dataWatchCount() }
  }

  *entries(): Iterable<readonly [path: string, watchers: Iterable<Watcher>]> {
    this.#sweep()
    for (const [index, table] of this.#dataTables.entries()) {
      for (const path of table.paths()) {
        if (this.#isPathBefore(index, path)) continue
        const watchers = new Set<Watcher>()
        for (const each of this.#dataTables) {
          const ids = each.idsOf(path)
          if (ids !== undefined) forEachId(ids, id => void watchers.add(this.#ids.watcher(id)!))
        }
        yield [path, watchers]
      }
    }
  }

  /** The kinds that Apache keeps among its data watches, the most numerous first. */
  get #dataTables(): readonly BitWatchTable[] {
    const { data, persistent, persistentRecursive } = this.#tables
    return [data, persistent, persistentRecursive]
  }

  /** Whether one of the data tables before the one at `index` has the path. */
  #isPathBefore(index: number, path: string): boolean {
    return this.#dataTables.slice(0, index).some(table => table.idsOf(path) !== undefined)
  }

  #dataWatchCount(): number {
    const { data, persistent, persistentRecursive } = this.#tables
    const repeated = this.#shared(persistent, [data]) + this.#shared(persistentRecursive, [data, persistent])
    return data.size + persistent.size + persistentRecursive.size - repeated
  }

  /** How many watches of `table` are also in one of `others`. */
  #shared(table: BitWatchTable, others: readonly BitWatchTable[]): number {
    if (table.size === 0 || others.every(({ size }) => size === 0)) return 0
    let count = 0
    for (const path of table.paths()) {
      forEachId(table.idsOf(path)!, id => {
        const watcher = this.#ids.watcher(id)
        if (watcher !== undefined && others.some(other => other.has(path, watcher))) count++
      })
    }
    return count
  }

  #nodeChanged(type: number, path: string, zxid: Zxid, acl: number, alsoTaken: BitWatchTable | undefined): void {
    const { data, persistent, persistentRecursive } = this.#tables
    const audience: [BitWatchTable | undefined, IdSet | undefined][] = [
      [data, data.take(path)],
      [undefined, persistent.idsOf(path)],
    ]
    if (alsoTaken !== undefined) audience.push([alsoTaken, alsoTaken.take(path)])
    if (persistentRecursive.size > 0) {
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
        audience.push([undefined, persistentRecursive.idsOf(path.slice(0, end))])
      if (path !== '/') audience.push([undefined, persistentRecursive.idsOf('/')])
    }
    if (audience.some(([, ids]) => ids !== undefined)) this.#tell(type, path, zxid, acl, ...audience)
  }

  /** Tells each watcher of these sets once. A set that comes with a table was taken from it. */
  #tell(
    type: number,
    path: string,
    zxid: Zxid,
    acl: number,
    ...audience: (readonly [BitWatchTable | undefined, IdSet | undefined])[]
  ): void {
    const ids = this.#ids
    let told = 0
    const outer = this.#telling
    this.#telling = true
    ids.beginRound()
    for (const [table, set] of audience) {
      if (set === undefined) continue
      forEachId(set, id => {
        const watcher = ids.watcher(id)
        const isNew = ids.isNew(id)
        // Before it is told: a watcher may go as it hears of the event, and its watch is gone by then.
        table?.taken(id)
        if (watcher === undefined || !isNew) return
        told++
        if (watcher.mayRead(acl, path)) watcher.event(type, path, zxid)
      })
    }
    this.#telling = outer
    if (told > 0) this.#told?.[type]?.observe(told)
    this.#sweepWhenDue()
  }

  #sweepWhenDue(): void {
    const dead = this.#ids.deadWatches
    if (dead === 0 || this.#telling) return
    const { data, child, persistent, persistentRecursive } = this.#tables
    const live = data.size + child.size + persistent.size + persistentRecursive.size
    if (live === 0 || (dead > SWEEP_MIN && dead > live / 2)) this.#sweep()
  }

  #sweep(): void {
    if (this.#ids.deadWatches > 0) for (const table of this.#all) table.sweep()
  }
}
