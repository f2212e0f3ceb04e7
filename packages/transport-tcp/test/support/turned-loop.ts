/** An event loop whose turns and time the test moves: each turn takes ten microseconds. */
export class TurnedLoop {
  now = 0
  private deferred: (() => void)[] = []

  monotonic(): number {
    return this.now
  }

  defer(callback: () => void): void {
    this.deferred.push(callback)
  }

  /** Whether the loop would sleep now. */
  get sleeps(): boolean {
    return this.deferred.length === 0
  }

  turn(): void {
    this.now += 0.01
    const callbacks = this.deferred
    this.deferred = []
    for (const callback of callbacks) callback()
  }

  /** @returns how many turns it took until the loop went to sleep */
  untilAsleep(): number {
    let turns = 0
    for (; !this.sleeps; turns++) this.turn()
    return turns
  }
}
