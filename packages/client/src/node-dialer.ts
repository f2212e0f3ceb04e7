/** The default {@link Dialer}: TCP and TLS sockets of Node. */
import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Dialer, Link, LinkHandler, ServerAddress } from './transport.js'

/**
 * What sockets are read into, all of one thread: Node hands on what it has read from one before it reads from another, and
 * the client copies what it keeps. So a connection needs no memory of its own to read, and no read has to allocate any,
 * which is Node's habit. As large as what one turn of replies can hold; not filled with zeros, since pages that nothing was
 * read into take no memory.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/** Dials TCP, or TLS where `tls` is given (Node's options: ca, cert, key, servername…). */
export function nodeDialer(tls?: ConnectionOptions): Dialer {
  return { dial: (address, handler) => new SocketLink(address, handler, tls) }
}

class SocketLink implements Link {
  readonly #socket: Socket
  #closed = false

  constructor({ host, port }: ServerAddress, handler: LinkHandler, tls: ConnectionOptions | undefined) {
    let failure: Error | undefined
    const onread: OnReadOpts = {
      buffer: READ_BUFFER,
      callback: (count, bytes) => {
        if (!this.#closed) handler.data(bytes, 0, count)
        return true
      },
    }
    const socket =
      tls === undefined
        ? connectTcp({ host, port, noDelay: true, onread }, () => handler.open())
        : connectTls({ host, port, onread, ...tls } as ConnectionOptions, () => handler.open())
    if (tls !== undefined) socket.setNoDelay(true)
    socket.on('error', error => {
      failure = error
    })
    socket.on('close', () => {
      this.#closed = true
      handler.closed(failure)
    })
    // The server's end of stream is the end of the session's connection: nothing is left to say.
    socket.on('end', () => socket.destroy())
    this.#socket = socket
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (this.#closed || socket.destroyed) return true
    socket.write(bytes)
    // Node gives the bytes to the kernel at once when it can; what could not go is counted here.
    return socket.writableLength === 0
  }

  destroy(): void {
    this.#closed = true
    this.#socket.destroy()
  }
}
