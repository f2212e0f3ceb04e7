import type { Socket } from 'node:net'
import {
  type ClientCertificate,
  type ClientConnection,
  CONNECT_REQUEST_BYTES_MAX,
  type ConnectionHandler,
  type ConnectionInfo,
  FrameDecoder,
} from '@menagerie/core'

/**
 * One client's socket, plain or TLS, after admission.
 *
 * There are thousands of these, most of them idle, so one object carries the state, and the socket's
 * listeners are functions shared by all, which find it through a property of the socket.
 */
export class TcpConnection implements ClientConnection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly certificate?: ClientCertificate

  private handler!: ConnectionHandler
  private readonly decoder: FrameDecoder
  private state: 'open' | 'ending' | 'closed' = 'open'
  private awaitingDrain = false
  private reason: Error | undefined
  private sentCallback: (() => void) | undefined

  constructor(
    private readonly socket: Socket,
    private readonly owner: ConnectionOwner,
    info: ConnectionInfo,
    frameBytesMax: number,
  ) {
    this.remoteAddress = info.remoteAddress
    this.remotePort = info.remotePort
    this.localPort = info.localPort
    this.secure = info.secure
    this.certificate = info.certificate
    this.decoder = new FrameDecoder({ frameBytesMax, firstFrameBytesMax: CONNECT_REQUEST_BYTES_MAX })
  }

  /** Gives the connection its handler and starts to read. */
  start(handler: ConnectionHandler): void {
    this.handler = handler
    const { socket } = this
    ;(socket as OwnedSocket)[CONNECTION] = this
    socket.on('error', onError)
    socket.on('close', onClose)
    socket.on('end', onEnd)
    socket.on('data', onData)
  }

  get unsentBytes(): number {
    return this.socket.writableLength
  }

  write(bytes: Uint8Array): boolean {
    if (this.state !== 'open') return true
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
    if (this.state !== 'open') return
    this.state = 'ending'
    this.decoder.stop()
    this.owner.ending(this)
    // Only the sending side. Closing while bytes of the peer lie unread would answer them with a reset,
    // which may overtake the last reply; so they are read and dropped until the peer closes too.
    this.socket.end()
    this.socket.resume()
  }

  destroy(): void {
    this.fail(undefined)
  }

  /** Closes at once; `reason` is what the handler's `closed` is told. */
  fail(reason: Error | undefined): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.reason ??= reason
    this.decoder.stop()
    this.socket.destroy()
  }

  /** A chunk that the socket has read. */
  received(chunk: Uint8Array): void {
    if (this.state !== 'open') return
    const { decoder, handler } = this
    const starting = !decoder.started
    const frames = decoder.push(chunk, handler)
    if (starting && decoder.started) this.owner.started(this)
    if (frames > 0 && !this.isClosed) handler.endOfChunk()
    this.owner.handled(this)
    if (decoder.fault !== undefined && !this.isClosed) this.fail(new Error(`closed for ${decoder.fault}`))
  }

  /** The peer sends nothing more. Tools that ask a word do so before they read the answer. */
  peerEnded(): void {
    if (this.state === 'open' && !this.decoder.foundWord) this.fail(undefined)
  }

  socketFailed(error: Error): void {
    this.reason ??= error
  }

  socketClosed(): void {
    this.state = 'closed'
    this.decoder.stop()
    this.owner.closed(this)
    this.handler.closed(this.reason)
  }

  private get isClosed(): boolean {
    return this.state === 'closed'
  }

  /** After each write, from the event loop: never inside a call of the handler. */
  private onSent(error?: Error | null): void {
    // What an error has emptied the buffer of was not sent. Node may tell it by `destroyed` alone.
    if (error || this.socket.destroyed || !this.awaitingDrain || this.isClosed || this.socket.writableLength > 0) return
    this.awaitingDrain = false
    this.handler.drained()
  }
}

/** What a connection tells its listener. */
export interface ConnectionOwner {
  /** The first complete frame, or a word, has arrived. */
  started(connection: TcpConnection): void
  /** A chunk was handled. */
  handled(connection: TcpConnection): void
  /** It will close once all is sent and the peer has closed too: who never does so must not keep it. */
  ending(connection: TcpConnection): void
  closed(connection: TcpConnection): void
}

const CONNECTION = Symbol('menagerie.TcpConnection')
type OwnedSocket = Socket & { [CONNECTION]: TcpConnection }

function onData(this: Socket, chunk: Uint8Array): void {
  ;(this as OwnedSocket)[CONNECTION].received(chunk)
}

function onEnd(this: Socket): void {
  ;(this as OwnedSocket)[CONNECTION].peerEnded()
}

function onError(this: Socket, error: Error): void {
  ;(this as OwnedSocket)[CONNECTION].socketFailed(error)
}

function onClose(this: Socket): void {
  ;(this as OwnedSocket)[CONNECTION].socketClosed()
}
