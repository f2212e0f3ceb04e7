import { createServer, type Server } from 'node:net'

/** The type of the record that every TLS connection starts with; no HTTP request does. */
const HANDSHAKE_RECORD = 0x16

/**
 * One port for both: hands each connection to the one of two servers that its first byte is for. They listen nowhere;
 * Node documents that servers take connections from elsewhere as this event.
 */
export function unify(plain: Server, secure: Server, firstByteTimeoutMs: number): Server {
  return createServer({ pauseOnConnect: true }, socket => {
    socket.on('error', () => socket.destroy())
    socket.setTimeout(firstByteTimeoutMs, () => socket.destroy())
    socket.once('data', chunk => {
      socket.pause()
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(chunk)
      const server = chunk[0] === HANDSHAKE_RECORD ? secure : plain
      server.emit('connection', socket)
      // The server reads from here on; a TLS one from the socket's handle, with what was put back first.
      process.nextTick(() => socket.resume())
    })
    socket.resume()
  })
}
