import { type Clock, Deadlines, type Logger, RateLimitedWarning } from '@menagerie/core'

const GRANULARITY_MS = 100
const LOG_INTERVAL_MS = 1000
/** Above this the one that has waited longest has to go, so that a flood does not keep peers out. */
const WAITING_MAX = 512

/** An accepted connection. */
export interface Waiting {
  readonly remoteAddress?: string | undefined
  destroy(): unknown
}

/** Accepted connections that have not said who they are: each in its time, and not too many at once. */
export class WaitingRoom {
  private readonly waiting = new Set<Waiting>()
  private readonly deadlines: Deadlines<Waiting>
  private readonly warning: RateLimitedWarning

  /** @param missing What has to come within the time, for the log. */
  constructor(clock: Clock, logger: Logger, timeoutMs: number, missing: string) {
    this.warning = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.deadlines = new Deadlines(clock, timeoutMs, GRANULARITY_MS, connection =>
      this.expel(connection, `${missing} did not come within ${timeoutMs} ms`),
    )
  }

  enter(connection: Waiting): void {
    if (this.waiting.size >= WAITING_MAX) {
      const [oldest] = this.waiting
      this.expel(oldest, `${WAITING_MAX} others wait to say who they are`)
    }
    this.waiting.add(connection)
    this.deadlines.add(connection)
  }

  leave(connection: Waiting): void {
    this.waiting.delete(connection)
    this.deadlines.remove(connection)
  }

  /** Sends everybody away. */
  close(): void {
    this.deadlines.clear()
    for (const connection of this.waiting) connection.destroy()
    this.waiting.clear()
  }

  private expel(connection: Waiting, reason: string): void {
    this.leave(connection)
    this.warning.warn(
      { address: connection.remoteAddress },
      `closed a peer's connection from ${connection.remoteAddress}: ${reason}`,
    )
    connection.destroy()
  }
}
