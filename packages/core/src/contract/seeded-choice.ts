/** Chance from a seed (mulberry32): a kit's random steps are the same in every run, on every machine. */
export class SeededChoice {
  constructor(private state: number) {}

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

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next())
  }
}
