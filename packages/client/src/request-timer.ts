import type { Cancel, Clock } from '@menagerie/core'
import type { Request } from './request.js'

/** Watches over the request that has waited longest: one timer for all, since replies come in order. */
export class RequestTimer {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #oldest: () => Request | undefined
  readonly #timedOut: (request: Request) => void
  #cancel: Cancel | undefined

  /** @param oldest the request that has waited longest, if any waits */
  constructor(
    clock: Clock,
    timeoutMs: number,
    oldest: () => Request | undefined,
    timedOut: (request: Request) => void,
  ) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#oldest = oldest
    this.#timedOut = timedOut
  }

  /** The request begins to wait. */
  start(request: Request): void {
    request.issuedAt = this.#clock.monotonic()
    this.#cancel ??= this.#clock.schedule(this.#timeoutMs, this.#check)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  readonly #check = (): void => {
    this.#cancel = undefined
    const oldest = this.#oldest()
    if (oldest === undefined) return
    const leftMs = oldest.issuedAt + this.#timeoutMs - this.#clock.monotonic()
    if (leftMs > 0) this.#cancel = this.#clock.schedule(leftMs, this.#check)
    else this.#timedOut(oldest)
  }
}
