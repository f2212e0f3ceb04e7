import type { Watcher } from '../seams/index.js'
import { hasId, type IdSet, selectIds, withId, withoutId, withoutIds } from './id-set.js'
import type { WatcherIds } from './watcher-ids.js'

/**
 * The watches of one kind, found by path alone: a watch is a bit. Those of watchers that are gone stay until they are
 * met or swept, and are not counted.
 */
export class BitWatchTable {
  readonly #byPath = new Map<string, IdSet>()
  /** Live watches of each number, which are what a watcher that goes takes from {@link size}. */
  #counts = new Int32Array(64)
  #size = 0

  constructor(private readonly ids: WatcherIds) {}

  /** Watches: pairs of path and watcher. */
  get size(): number {
    return this.#size
  }

  add(path: string, watcher: Watcher): boolean {
    const id = this.ids.take(watcher)
    const present = this.#byPath.get(path)
    if (present === undefined) this.#byPath.set(path, id)
    else {
      if (hasId(present, id)) return false
      const next = withId(present, id)
      if (next !== present) this.#byPath.set(path, next)
    }
    if (id >= this.#counts.length) this.#grow(id)
    this.#counts[id]++
    this.#size++
    this.ids.added(id)
    return true
  }

  has(path: string, watcher: Watcher): boolean {
    const present = this.#size > 0 ? this.#byPath.get(path) : undefined
    if (present === undefined) return false
    const id = this.ids.idOf(watcher)
    return id !== undefined && hasId(present, id)
  }

  remove(path: string, watcher: Watcher): boolean {
    const present = this.#byPath.get(path)
    const id = this.ids.idOf(watcher)
    if (present === undefined || id === undefined || !hasId(present, id)) return false
    const left = withoutId(present, id)
    if (left === undefined) this.#byPath.delete(path)
    else if (left !== present) this.#byPath.set(path, left)
    this.#dropped(id)
    return true
  }

  /** The watches of this number count no more. */
  forget(id: number): void {
    if (id >= this.#counts.length) return
    this.#size -= this.#counts[id]
    this.#counts[id] = 0
  }

  /** Who watches this path; numbers of watchers that are gone are among them. */
  idsOf(path: string): IdSet | undefined {
    return this.#size === 0 ? undefined : this.#byPath.get(path)
  }

  /** As {@link idsOf}, and their watches are gone. */
  take(path: string): IdSet | undefined {
    const ids = this.idsOf(path)
    if (ids !== undefined) this.#byPath.delete(path)
    return ids
  }

  /** A watch that {@link take} gave is done with. */
  taken(id: number): void {
    this.#dropped(id)
  }

  /** Drops the watches of those that are gone. */
  sweep(): void {
    const isGone = (id: number) => this.ids.watcher(id) === undefined
    for (const [path, ids] of this.#byPath) {
      const gone = selectIds(ids, isGone)
      if (gone.length === 0) continue
      const left = withoutIds(ids, gone)
      if (left === undefined) this.#byPath.delete(path)
      else if (left !== ids) this.#byPath.set(path, left)
      // Last, since it may free the number.
      for (const id of gone) this.ids.dropped(id)
    }
  }

  paths(): IterableIterator<string> {
    return this.#byPath.keys()
  }

  hasWatches(id: number): boolean {
    return id < this.#counts.length && this.#counts[id] > 0
  }

  #dropped(id: number): void {
    if (this.ids.watcher(id) !== undefined) {
      this.#counts[id]--
      this.#size--
    }
    this.ids.dropped(id)
  }

  #grow(id: number): void {
    const counts = new Int32Array(Math.max(id + 1, this.#counts.length * 2))
    counts.set(this.#counts)
    this.#counts = counts
  }
}
