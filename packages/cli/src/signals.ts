/** SIGINT and SIGTERM. */
export interface Signals {
  /** Resolves with the first signal; it may come before the server is up. */
  readonly first: Promise<string>
  /** Stops listening, so that the process can end. */
  release(): void
}

/** A second signal ends the process at once, with the code that a shell gives for it. */
class SystemSignals implements Signals {
  readonly first: Promise<string>
  #seen = false
  #resolve: (signal: string) => void = () => {}

  constructor() {
    this.first = new Promise(resolve => {
      this.#resolve = resolve
    })
    process.on('SIGINT', this.#on)
    process.on('SIGTERM', this.#on)
  }

  readonly #on = (signal: string, number: number): void => {
    if (this.#seen) process.exit(128 + number)
    this.#seen = true
    this.#resolve(signal)
  }

  release(): void {
    process.off('SIGINT', this.#on)
    process.off('SIGTERM', this.#on)
  }
}

export const createSystemSignals = (): Signals => new SystemSignals()
