import type { Cancel, Clock } from '@menagerie/core'

/** What the heartbeat asks of a connection. */
export interface HeartbeatActions {
  ping(): void
  /** Nothing came for two thirds of the session timeout: there is one third left to find another server. */
  dead(silentMs: number): void
}

/**
 * Keeps a session alive on one connection: a ping when nothing was sent for a third of the session
 * timeout, a verdict when nothing was received for two thirds.
 */
export class Heartbeat {
  readonly #clock: Clock
  readonly #actions: HeartbeatActions
  readonly #thirdMs: number
  #sentAt: number
  #receivedAt: number
  #cancel: Cancel
  #stopped = false

  constructor(clock: Clock, sessionTimeoutMs: number, actions: HeartbeatActions) {
    this.#clock = clock
    this.#actions = actions
    this.#thirdMs = sessionTimeoutMs / 3
    this.#sentAt = this.#receivedAt = clock.monotonic()
    this.#cancel = clock.schedule(this.#thirdMs, this.#beat)
  }

  sent(): void {
    this.#sentAt = this.#clock.monotonic()
  }

  received(): void {
    this.#receivedAt = this.#clock.monotonic()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  readonly #beat = (): void => {
    if (this.#clock.monotonic() >= this.#deadAt()) {
      // After a pause of this process the replies may lie unread: read first, judge then.
      this.#clock.defer(() => this.#judge())
      return
    }
    if (this.#clock.monotonic() >= this.#sentAt + this.#thirdMs) this.#actions.ping()
    this.#arm()
  }

  #judge(): void {
    if (this.#stopped) return
    const now = this.#clock.monotonic()
    if (now >= this.#deadAt()) this.#actions.dead(now - this.#receivedAt)
    else this.#arm()
  }

  #deadAt(): number {
    return this.#receivedAt + 2 * this.#thirdMs
  }

  #arm(): void {
    const next = Math.min(this.#sentAt + this.#thirdMs, this.#deadAt())
    this.#cancel = this.#clock.schedule(Math.max(1, next - this.#clock.monotonic()), this.#beat)
  }
}
