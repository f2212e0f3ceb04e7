import type { Socket } from 'node:net'
import type { Clock } from '@menagerie/core'

/**
 * Connections that are over on this side, but for what has still to be sent on them: each is closed behind its last
 * bytes, and without them where the peer does not take these in time. Every such socket is known here until it is gone:
 * left to itself it would hold on to its handle for as long as its peer likes, and the process with it.
 */
export class LastWords {
  private readonly sockets = new Set<Socket>()
  private emptied: () => void = () => {}

  /** @param limitMs how long a peer may take to accept the last bytes */
  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
  ) {}

  /** Closes a socket behind what it has been given to send. */
  close(socket: Socket): void {
    if (socket.destroyed || this.sockets.has(socket)) return
    this.sockets.add(socket)
    const cancel = this.clock.schedule(this.limitMs, () => socket.destroy())
    socket.once('close', () => {
      cancel()
      this.sockets.delete(socket)
      if (this.sockets.size === 0) this.emptied()
    })
    if (socket.writableFinished) socket.destroy()
    else socket.end(() => socket.destroy())
  }

  /** Resolves when all are closed; whoever has not taken the last bytes after `graceMs` does not get them. */
  async over(graceMs: number): Promise<void> {
    if (this.sockets.size === 0) return
    const emptied = new Promise<void>(resolve => {
      this.emptied = resolve
    })
    const cancel = this.clock.schedule(graceMs, () => {
      for (const socket of this.sockets) socket.destroy()
    })
    await emptied
    cancel()
  }
}
