/** Deletions, beyond the number of entries, after which the map is made anew. */
const DELETIONS_MAX = 2048

/**
 * A map for entries that come and go by the thousand.
 *
 * When the table of a `Map` is full, of deleted entries too, V8 makes another one and has the old table point to it. Once
 * an old table has survived two young collections, the next one keeps all that is reachable from it: the newer table with
 * everything in it, which is old then in its turn. From there on nothing that passes through the map dies young. What is
 * made anew in time is pointed to by nothing.
 */
export class RenewedMap<K, V> implements Iterable<[K, V]> {
  private map = new Map<K, V>()
  private deletions = 0

  get size(): number {
    return this.map.size
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return this.map[Symbol.iterator]()
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
    if (++this.deletions > DELETIONS_MAX + map.size) {
      this.map = new Map(map)
      this.deletions = 0
    }
    return true
  }
}
