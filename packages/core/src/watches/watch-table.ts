import type { Watcher } from '../seams/index.js'
import { LeanMultimap } from './lean-multimap.js'

/** Some watchers: none, one, or several. A single one is the usual case and costs no set. */
export type Audience = Watcher | Set<Watcher> | undefined

/**
 * The watches of one kind, found by path and by watcher.
 *
 * A watch is an entry in two hash tables that share the path string: some 50 bytes beside the path.
 * V8 holds at most 2^24 keys in one Map, which bounds the watched paths of a kind at 16.7 million.
 */
export class WatchTable {
  readonly #byPath = new LeanMultimap<string, Watcher>()
  readonly #byWatcher = new LeanMultimap<Watcher, string>()
  #size = 0

  /** Watches: pairs of path and watcher. */
  get size(): number {
    return this.#size
  }

  get pathCount(): number {
    return this.#byPath.keyCount
  }

  add(path: string, watcher: Watcher): boolean {
    if (!this.#byPath.add(path, watcher)) return false
    this.#byWatcher.add(watcher, path)
    this.#size++
    return true
  }

  has(path: string, watcher: Watcher): boolean {
    return this.#size > 0 && this.#byPath.has(path, watcher)
  }

  remove(path: string, watcher: Watcher): boolean {
    if (!this.#byPath.delete(path, watcher)) return false
    this.#byWatcher.delete(watcher, path)
    this.#size--
    return true
  }

  removeWatcher(watcher: Watcher): void {
    const paths = this.#byWatcher.take(watcher)
    if (paths === undefined) return
    for (const path of paths instanceof Set ? paths : [paths]) {
      this.#byPath.delete(path, watcher)
      this.#size--
    }
  }

  /** Who watches this path. A set stays the table's. */
  watchersOf(path: string): Audience {
    return this.#size === 0 ? undefined : this.#byPath.get(path)
  }

  /** Who watches this path, and their watches are gone. */
  take(path: string): Audience {
    if (this.#size === 0) return undefined
    const watchers = this.#byPath.take(path)
    if (watchers === undefined) return undefined
    if (watchers instanceof Set) {
      for (const watcher of watchers) this.#byWatcher.delete(watcher, path)
      this.#size -= watchers.size
    } else {
      this.#byWatcher.delete(watchers, path)
      this.#size--
    }
    return watchers
  }

  paths(): IterableIterator<string> {
    return this.#byPath.keys()
  }

  watchers(): IterableIterator<Watcher> {
    return this.#byWatcher.keys()
  }
}

/** Both audiences without repetition. Neither is changed. */
export function join(told: Audience, more: Audience): Audience {
  if (told === undefined) return more
  if (more === undefined || told === more) return told
  const all = new Set(listed(told))
  for (const watcher of listed(more)) all.add(watcher)
  return all
}

export function listed(audience: Audience): Iterable<Watcher> {
  if (audience === undefined) return []
  return audience instanceof Set ? audience : [audience]
}
