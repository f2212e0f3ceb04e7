import {
  type ClientCertificate,
  type ClientConnection,
  CONNECT_REQUEST_BYTES_MAX,
  type ConnectionHandler,
  type ConnectionInfo,
  FrameDecoder,
} from '@menagerie/core'
import type { ByteStream, StreamEvents } from './streams/byte-stream.js'

/** One client's connection, plain or TLS, after admission: there are thousands of these, most of them idle. */
export class TcpConnection implements ClientConnection, StreamEvents {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly certificate?: ClientCertificate

  private handler!: ConnectionHandler
  private readonly decoder: FrameDecoder
  private state: 'open' | 'ending' | 'closed' = 'open'
  private reason: Error | undefined

  constructor(
    private readonly stream: ByteStream,
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
    this.stream.start(this)
  }

  get unsentBytes(): number {
    return this.stream.unsentBytes
  }

  write(bytes: Uint8Array): boolean {
    return this.state !== 'open' || this.stream.write(bytes)
  }

  pause(): void {
    this.stream.pause()
  }

  resume(): void {
    this.stream.resume()
  }

  end(): void {
    if (this.state !== 'open') return
    this.state = 'ending'
    this.decoder.stop()
    this.owner.ending(this)
    // Only the sending side. Closing while bytes of the peer lie unread would answer them with a reset,
    // which may overtake the last reply; so they are read and dropped until the peer closes too.
    this.stream.end()
    this.stream.resume()
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
    this.stream.destroy()
  }

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

  failed(error: Error): void {
    this.reason ??= error
  }

  /** All that was handed over is out. */
  drained(): void {
    if (!this.isClosed) this.handler.drained()
  }

  closed(): void {
    this.state = 'closed'
    this.decoder.stop()
    this.owner.closed(this)
    this.handler.closed(this.reason)
  }

  private get isClosed(): boolean {
    return this.state === 'closed'
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
