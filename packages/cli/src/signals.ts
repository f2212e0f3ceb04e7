/** SIGINT and SIGTERM, and the end of a process that started this one to end with it. */
export interface Signals {
  /** Resolves with the first of them; it may come before the server is up. */
  readonly first: Promise<string>
  /** Stops listening, so that the process can end. */
  release(): void
}

export interface SignalOptions {
  /**
   * Counts the end of the IPC channel to the starting process as well. Ctrl-C reaches every process of a terminal by
   * itself: a starter that sent a signal on top would be taken for an impatient second one.
   */
  readonly withStarter?: boolean
}

/** A second signal ends the process at once, with the code that a shell gives for it. */
class SystemSignals implements Signals {
  readonly first: Promise<string>
  #seen = false
  #starterGone = false
  #resolve: (signal: string) => void = () => {}

  constructor({ withStarter = false }: SignalOptions) {
    this.first = new Promise(resolve => {
      this.#resolve = resolve
    })
    process.on('SIGINT', this.#on)
    process.on('SIGTERM', this.#on)
    if (!withStarter) return
    process.on('disconnect', this.#onStarterGone)
    if (!process.connected) this.#onStarterGone()
  }

  readonly #onStarterGone = (): void => {
    this.#starterGone = true
    this.#resolve('end of the starting process')
  }

  readonly #on = (signal: string, number: number): void => {
    if (this.#seen) process.exit(128 + number)
    this.#seen = true
    this.#resolve(signal)
  }

  release(): void {
    process.off('disconnect', this.#onStarterGone)
    // The Ctrl-C that has ended the starter may come here last, while the process ends: it is the first one still.
    if (this.#starterGone && !this.#seen) return
    process.off('SIGINT', this.#on)
    process.off('SIGTERM', this.#on)
  }
}

export const createSystemSignals = (options: SignalOptions = {}): Signals => new SystemSignals(options)
