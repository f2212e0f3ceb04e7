import type { Socket } from 'node:net'

/**
 * Reads a socket for a while, then leaves it paused.
 *
 * @param next called with every chunk; what it gives, if anything, ends the reading and is called after it
 * @param failed called once when the socket ends before that
 */
export function readWhile(
  socket: Socket,
  next: (chunk: Uint8Array) => (() => void) | undefined,
  failed: (reason: string) => void,
): void {
  const received = (chunk: Uint8Array) => {
    const after = next(chunk)
    if (after === undefined) return
    stop()
    after()
  }
  const ended = () => over('it was closed')
  const broken = (error: Error) => over(error.message)
  const stop = () => {
    socket.pause()
    socket.off('data', received).off('end', ended).off('close', ended).off('error', broken)
  }
  const over = (reason: string) => {
    stop()
    failed(reason)
  }
  socket.on('data', received).on('end', ended).on('close', ended).on('error', broken)
  socket.resume()
}
