/**
 * Sets of small whole numbers, each in the form that takes least memory: a number for one, a sorted array for some,
 * bits for many. A set that changes may come back in another form, so the caller keeps what it is given.
 */
export type IdSet = number | number[] | Bits

/** Bits are taken once they need less room than an array, whose elements take 64 bits each. */
const BITS_PER_ELEMENT = 64
/** What the objects around the bits cost, in elements of an array. */
const BITS_OVERHEAD = 25

class Bits {
  /** Ids in the set. */
  count = 0
  words: Uint32Array

  constructor(highest: number) {
    this.words = new Uint32Array((highest >>> 5) + 1)
  }

  has(id: number): boolean {
    const word = id >>> 5
    return word < this.words.length && (this.words[word] & (1 << (id & 31))) !== 0
  }

  add(id: number): void {
    const word = id >>> 5
    if (word >= this.words.length) this.grow(word)
    this.words[word] |= 1 << (id & 31)
    this.count++
  }

  delete(id: number): void {
    this.words[id >>> 5] &= ~(1 << (id & 31))
    this.count--
  }

  /** Ids come in order, so that growing by an eighth copies each word a few times at most. */
  private grow(word: number): void {
    const words = new Uint32Array(word + 1 + (word >>> 3))
    words.set(this.words)
    this.words = words
  }
}

function sizeOf(set: IdSet): number {
  if (typeof set === 'number') return 1
  return Array.isArray(set) ? set.length : set.count
}

export function hasId(set: IdSet, id: number): boolean {
  if (typeof set === 'number') return set === id
  if (!Array.isArray(set)) return set.has(id)
  const at = position(set, id)
  return at < set.length && set[at] === id
}

/** The set with an id that it does not have yet. */
export function withId(set: IdSet, id: number): IdSet {
  if (typeof set === 'number') return set < id ? [set, id] : [id, set]
  if (!Array.isArray(set)) {
    set.add(id)
    return set
  }
  if (id > set[set.length - 1]) set.push(id)
  else set.splice(position(set, id), 0, id)
  const bitsCost = set[set.length - 1] + BITS_OVERHEAD * BITS_PER_ELEMENT
  return set.length * BITS_PER_ELEMENT > bitsCost ? toBits(set) : set
}

/** The set without an id that it has; undefined when nothing is left. */
export function withoutId(set: IdSet, id: number): IdSet | undefined {
  if (typeof set === 'number') return undefined
  if (Array.isArray(set)) {
    set.splice(position(set, id), 1)
    return set.length === 1 ? set[0] : set
  }
  set.delete(id)
  // Far below where bits were taken, so that a set that goes up and down does not change its form each time.
  return set.count * BITS_PER_ELEMENT * 4 < set.words.length * 32 || set.count <= 1 ? fromBits(set) : set
}

/** The ids for which `choose` says yes, in ascending order. */
export function selectIds(set: IdSet, choose: (id: number) => boolean): number[] {
  const chosen: number[] = []
  forEachId(set, id => {
    if (choose(id)) chosen.push(id)
  })
  return chosen
}

/** The set without ids that it has, in ascending order; undefined when nothing is left. */
export function withoutIds(set: IdSet, gone: readonly number[]): IdSet | undefined {
  if (gone.length === sizeOf(set)) return undefined
  if (Array.isArray(set)) {
    let next = 0
    const left = set.filter(id => id !== gone[next] || ++next === 0)
    return left.length === 1 ? left[0] : left
  }
  let left: IdSet | undefined = set
  for (const id of gone) left = withoutId(left!, id)
  return left
}

/** In ascending order. Ids may be removed from bits meanwhile, and from nothing else. */
export function forEachId(set: IdSet, visit: (id: number) => void): void {
  if (typeof set === 'number') {
    visit(set)
  } else if (Array.isArray(set)) {
    for (const id of set) visit(id)
  } else {
    const { words } = set
    for (let at = 0; at < words.length; at++) {
      for (let word = words[at]; word !== 0; word &= word - 1) visit(at * 32 + 31 - Math.clz32(word & -word))
    }
  }
}

function position(ids: readonly number[], id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle] < id) low = middle + 1
    else high = middle
  }
  return low
}

function toBits(ids: readonly number[]): Bits {
  const bits = new Bits(ids[ids.length - 1])
  for (const id of ids) bits.add(id)
  return bits
}

function fromBits(bits: Bits): IdSet | undefined {
  const ids: number[] = []
  forEachId(bits, id => void ids.push(id))
  return ids.length > 1 ? ids : ids[0]
}
