import type { Random } from '../../seams/random.js'

/**
 * Chance from a seed (sfc32). {@link split} gives each component a stream of its own, named by what it is
 * for: a fault that is taken out of a schedule then does not shift what the others draw.
 */
export class SeededRandom implements Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(readonly seed: number) {
    this.a = seed | 0
    this.b = Math.floor(seed / 0x1_0000_0000) | 0
    this.c = 0x9e3779b9 | 0
    for (let i = 0; i < 12; i++) this.next()
  }

  /** A stream that depends on this one's seed and the name, and not on what was drawn before. */
  split(name: string): SeededRandom {
    let hash = 0x811c9dc5 ^ (this.seed | 0)
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    const high = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0
    return new SeededRandom((high & 0x1f_ffff) * 0x1_0000_0000 + (hash >>> 0))
  }

  /** 32 bits, unsigned. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = (this.c + t) | 0
    return t >>> 0
  }

  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound)
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) bytes[i] = this.next() >>> 24
    return bytes
  }
}
