/** Chance from a seed (mulberry32): the same seed gives the same test. */
export class Seeded {
  private state: number

  constructor(readonly seed: number) {
    this.state = seed
  }

  /** 32 bits, unsigned. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    return this.next() % bound
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next()
    return bytes
  }
}
