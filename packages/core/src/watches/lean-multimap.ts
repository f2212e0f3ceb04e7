/**
 * A map from keys to sets of objects that costs no set where a key has a single value, which is what
 * nearly all watched paths have. Keys without values are not kept.
 *
 * `V` must not itself be a Set.
 */
export class LeanMultimap<K, V> {
  readonly #values = new Map<K, V | Set<V>>()

  /** Keys that have a value. */
  get keyCount(): number {
    return this.#values.size
  }

  /** False when the pair was there already. */
  add(key: K, value: V): boolean {
    const present = this.#values.get(key)
    if (present === undefined) {
      this.#values.set(key, value)
      return true
    }
    if (present instanceof Set) {
      const before = present.size
      return present.add(value).size > before
    }
    if (present === value) return false
    this.#values.set(key, new Set([present, value]))
    return true
  }

  has(key: K, value: V): boolean {
    const present = this.#values.get(key)
    return present instanceof Set ? present.has(value) : present === value && present !== undefined
  }

  /** False when there was no such pair. */
  delete(key: K, value: V): boolean {
    const present = this.#values.get(key)
    if (present === undefined) return false
    if (!(present instanceof Set)) return present === value && this.#values.delete(key)
    if (!present.delete(value)) return false
    // A set that shrank to one value goes: paths that many once watched must not stay expensive.
    if (present.size === 1) this.#values.set(key, present.values().next().value as V)
    return true
  }

  /** The values of a key: one, a set of several that belongs to this map, or nothing. */
  get(key: K): V | Set<V> | undefined {
    return this.#values.get(key)
  }

  /** As {@link get}, and the key is gone: what is returned belongs to the caller. */
  take(key: K): V | Set<V> | undefined {
    const present = this.#values.get(key)
    if (present !== undefined) this.#values.delete(key)
    return present
  }

  keys(): IterableIterator<K> {
    return this.#values.keys()
  }
}
