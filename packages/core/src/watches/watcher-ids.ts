import type { Watcher } from '../seams/index.js'

/**
 * Numbers for watchers, small and used again. A watcher that is gone keeps its number until the last watch with it is
 * found and dropped: until then the number stands for nobody.
 */
export class WatcherIds {
  readonly #ids = new Map<Watcher, number>()
  readonly #watchers: (Watcher | undefined)[] = []
  readonly #free: number[] = []
  /** Watches of each number, of the gone too. */
  #watches = new Int32Array(64)
  #stamps = new Float64Array(64)
  #stamp = 0
  #dead = 0

  /** Watches of watchers that are gone. */
  get deadWatches(): number {
    return this.#dead
  }

  /** One more than the highest number that was given. */
  get bound(): number {
    return this.#watchers.length
  }

  idOf(watcher: Watcher): number | undefined {
    return this.#ids.get(watcher)
  }

  /** Undefined for a number whose watcher is gone. */
  watcher(id: number): Watcher | undefined {
    return this.#watchers[id]
  }

  /** The watcher's number, a new one where it has none. */
  take(watcher: Watcher): number {
    const known = this.#ids.get(watcher)
    if (known !== undefined) return known
    const id = this.#free.pop() ?? this.#watchers.length
    if (id >= this.#watches.length) this.#grow()
    this.#ids.set(watcher, id)
    this.#watchers[id] = watcher
    return id
  }

  added(id: number): void {
    this.#watches[id]++
  }

  /** A watch of this number is gone; with its last one the number is free. */
  dropped(id: number): void {
    const left = --this.#watches[id]
    const watcher = this.#watchers[id]
    if (watcher === undefined) this.#dead--
    if (left > 0) return
    if (watcher !== undefined) this.#ids.delete(watcher)
    this.#watchers[id] = undefined
    this.#free.push(id)
  }

  /** The watcher is gone; its number, where it had one. */
  forget(watcher: Watcher): number | undefined {
    const id = this.#ids.get(watcher)
    if (id === undefined) return undefined
    this.#ids.delete(watcher)
    this.#watchers[id] = undefined
    this.#dead += this.#watches[id]
    return id
  }

  /** Begins a round in which each number is met once. */
  beginRound(): void {
    this.#stamp++
  }

  /** Whether a number is met for the first time in this round. */
  isNew(id: number): boolean {
    if (this.#stamps[id] === this.#stamp) return false
    this.#stamps[id] = this.#stamp
    return true
  }

  #grow(): void {
    const watches = new Int32Array(this.#watches.length * 2)
    watches.set(this.#watches)
    this.#watches = watches
    const stamps = new Float64Array(watches.length)
    stamps.set(this.#stamps)
    this.#stamps = stamps
  }
}
