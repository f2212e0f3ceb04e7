import type { Socket } from 'node:net'
import type { ByteStream, StreamEvents } from './byte-stream.js'

/**
 * A stream over a socket of Node.js: TLS, and wherever {@link HandleStream} is not to be had.
 *
 * There may be thousands of these: the listeners of the socket are functions that all share, and find the stream
 * through a property of the socket.
 */
export class SocketStream implements ByteStream {
  private events!: StreamEvents
  private awaitingDrain = false
  private sentCallback: ((error?: Error | null) => void) | undefined

  constructor(private readonly socket: Socket) {}

  start(events: StreamEvents): void {
    this.events = events
    const { socket } = this
    ;(socket as OwnedSocket)[STREAM] = this
    socket.on('error', onError)
    socket.on('close', onClose)
    socket.on('end', onEnd)
    socket.on('data', onData)
  }

  get unsentBytes(): number {
    return this.socket.writableLength
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this
    // Node writes in this very call where the socket's buffer has room; then the length is 0 again.
    socket.write(bytes, (this.sentCallback ??= this.onSent.bind(this)))
    if (socket.writableLength === 0) return true
    this.awaitingDrain = true
    return false
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** After each write, from the event loop. */
  private onSent(error?: Error | null): void {
    // What an error has emptied the buffer of was not sent. Node may tell it by `destroyed` alone.
    if (error || this.socket.destroyed || !this.awaitingDrain || this.socket.writableLength > 0) return
    this.awaitingDrain = false
    this.events.drained()
  }

  static received(socket: Socket, chunk: Uint8Array): void {
    ;(socket as OwnedSocket)[STREAM].events.received(chunk)
  }

  static ended(socket: Socket): void {
    ;(socket as OwnedSocket)[STREAM].events.peerEnded()
  }

  static failed(socket: Socket, error: Error): void {
    ;(socket as OwnedSocket)[STREAM].events.failed(error)
  }

  static closed(socket: Socket): void {
    ;(socket as OwnedSocket)[STREAM].events.closed()
  }
}

const STREAM = Symbol('menagerie.SocketStream')
type OwnedSocket = Socket & { [STREAM]: SocketStream }

function onData(this: Socket, chunk: Uint8Array): void {
  SocketStream.received(this, chunk)
}

function onEnd(this: Socket): void {
  SocketStream.ended(this)
}

function onError(this: Socket, error: Error): void {
  SocketStream.failed(this, error)
}

function onClose(this: Socket): void {
  SocketStream.closed(this)
}
