/** Lets so many go on at one time; the others wait, in the order in which they came. */
export class Turns {
  private taken = 0
  private readonly waiting: (() => void)[] = []

  constructor(private readonly limit: number) {}

  /** Runs `work` in its turn, or at once where it cannot wait; it counts either way. */
  async take(work: () => Promise<void>, atOnce = false): Promise<void> {
    if (!atOnce && this.taken >= this.limit) await new Promise<void>(resolve => this.waiting.push(resolve))
    else this.taken++
    try {
      await work()
    } finally {
      this.pass()
    }
  }

  /** Whoever waits takes the place that becomes free. */
  private pass(): void {
    const next = this.taken <= this.limit ? this.waiting.shift() : undefined
    if (next === undefined) this.taken--
    else next()
  }
}
