import { orAborted } from './abort.js'

/** What watches ring and a waiting loop hears: rings that come before the wait are not lost, many count as one. */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined

  /** Bound, so that it serves as a callback, the same one each time. */
  readonly ring = (): void => {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring, or at once if it rang since the last wait. One waiter at a time. */
  async wait(signal?: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const rung = new Promise<void>(resolve => {
        this.#wake = resolve
      })
      try {
        await orAborted(rung, signal)
      } finally {
        this.#wake = undefined
      }
    }
    this.#rung = false
  }
}
