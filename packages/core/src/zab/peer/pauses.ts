import type { Clock } from '../../seams/clock.js'

/** Waits of a server that takes part in an ensemble; its end ends them at once. */
export class Pauses {
  private over = false
  private wake: (() => void) | null = null

  constructor(private readonly clock: Clock) {}

  /** The server is stopping: nobody waits any more. */
  get areOver(): boolean {
    return this.over
  }

  wait(ms: number): Promise<void> {
    if (this.over || ms === 0) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.clock.schedule(ms, resolve)
      this.wake = () => {
        cancel()
        resolve()
      }
    })
  }

  /** No later pause is one. */
  end(): void {
    this.over = true
    this.wake?.()
  }
}
