import type { ClientConnection } from '../seams/client-listener.js'

/** Why no more is read from a client. */
export const PauseReason = {
  /** It does not take what it is sent: its requests wait until what is unsent has left. */
  unsent: 1,
  /** There is too much in progress for all (globalOutstandingLimit). */
  throttled: 2,
  /** Frames of it wait: for its session, for the next term of a leader, or behind a sync. */
  postponed: 4,
} as const

export type PauseReason = (typeof PauseReason)[keyof typeof PauseReason]

/** Whether a client is read from: while there is no reason against it. Its transport hears of the first and the last. */
export class ReadPauses {
  /** The sum of the reasons there are. */
  private reasons = 0

  constructor(private readonly transport: Pick<ClientConnection, 'pause' | 'resume'>) {}

  get isReading(): boolean {
    return this.reasons === 0
  }

  has(reason: PauseReason): boolean {
    return (this.reasons & reason) !== 0
  }

  /** Reads no more. Frames that have arrived together still come. */
  pause(reason: PauseReason): void {
    if (this.reasons === 0) this.transport.pause()
    this.reasons |= reason
  }

  /** This reason is gone: reads on, unless there is another one. */
  resume(reason: PauseReason): void {
    if (!this.has(reason)) return
    this.reasons &= ~reason
    if (this.reasons === 0) this.transport.resume()
  }
}
