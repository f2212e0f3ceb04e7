import type { Socket } from 'node:net'
import { type Clock, Deadlines, type Logger, RateLimitedWarning } from '@menagerie/core'

const GRANULARITY_MS = 100
const LOG_INTERVAL_MS = 1000
/** Above this the one that has waited longest has to go, so that a flood does not keep peers out. */
const WAITING_MAX = 512

/** Accepted sockets that have not said who they are: each in its time, and not too many at once. */
export class WaitingRoom {
  private readonly sockets = new Set<Socket>()
  private readonly deadlines: Deadlines<Socket>
  private readonly warning: RateLimitedWarning

  /** @param missing What has to come within the time, for the log. */
  constructor(clock: Clock, logger: Logger, timeoutMs: number, missing: string) {
    this.warning = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.deadlines = new Deadlines(clock, timeoutMs, GRANULARITY_MS, socket =>
      this.expel(socket, `${missing} did not come within ${timeoutMs} ms`),
    )
  }

  get size(): number {
    return this.sockets.size
  }

  enter(socket: Socket): void {
    if (this.sockets.size >= WAITING_MAX) {
      const [oldest] = this.sockets
      this.expel(oldest, `${WAITING_MAX} others wait to say who they are`)
    }
    this.sockets.add(socket)
    this.deadlines.add(socket)
  }

  leave(socket: Socket): void {
    this.sockets.delete(socket)
    this.deadlines.remove(socket)
  }

  /** Sends everybody away. */
  close(): void {
    this.deadlines.clear()
    for (const socket of this.sockets) socket.destroy()
    this.sockets.clear()
  }

  private expel(socket: Socket, reason: string): void {
    this.leave(socket)
    this.warning.warn(
      { address: socket.remoteAddress },
      `closed a peer's connection from ${socket.remoteAddress}: ${reason}`,
    )
    socket.destroy()
  }
}
