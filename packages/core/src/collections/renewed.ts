/**
 * Maps and sets for entries that come and go by the thousand.
 *
 * When the table of a `Map` or `Set` is full, of deleted entries too, V8 makes another one and has the old table point to
 * it. Once an old table has survived two young collections, the next one keeps all that is reachable from it: the newer
 * table with everything in it, which is old then in its turn. From there on nothing that passes through the map dies
 * young. One that is made anew in time is pointed to by no table but its own.
 */

/** Deletions, beyond twice the number of entries, after which the table is made anew. */
const DELETIONS_MAX = 64

/** A `Map` in all that it has. An iteration leaves out what is deleted meanwhile; it may leave out what is added. */
export class RenewedMap<K, V> implements Iterable<[K, V]> {
  private map = new Map<K, V>()
  private deletions = 0

  get size(): number {
    return this.map.size
  }

  get(key: K): V | undefined {
    return this.map.get(key)
  }

  has(key: K): boolean {
    return this.map.has(key)
  }

  set(key: K, value: V): void {
    this.map.set(key, value)
  }

  delete(key: K): boolean {
    const { map } = this
    if (!map.delete(key)) return false
    if (++this.deletions > DELETIONS_MAX + 2 * map.size) {
      this.map = new Map(map)
      this.deletions = 0
    }
    return true
  }

  clear(): void {
    this.map = new Map()
    this.deletions = 0
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    const { map } = this
    for (const entry of map) if (map === this.map || this.map.has(entry[0])) yield entry
  }

  *values(): Generator<V> {
    for (const [, value] of this) yield value
  }
}

/** A `Set` in all that it has, and otherwise as {@link RenewedMap}. */
export class RenewedSet<T> implements Iterable<T> {
  private set = new Set<T>()
  private deletions = 0

  get size(): number {
    return this.set.size
  }

  has(value: T): boolean {
    return this.set.has(value)
  }

  add(value: T): void {
    this.set.add(value)
  }

  delete(value: T): boolean {
    const { set } = this
    if (!set.delete(value)) return false
    if (++this.deletions > DELETIONS_MAX + 2 * set.size) {
      this.set = new Set(set)
      this.deletions = 0
    }
    return true
  }

  *[Symbol.iterator](): Generator<T> {
    const { set } = this
    for (const value of set) if (set === this.set || this.set.has(value)) yield value
  }
}
