import { CONNECT_REQUEST_BYTES_MAX, FrameDecoder } from '../requests/frame-decoder.js'
import type { ClientConnection, ConnectionHandler, ConnectionInfo } from '../seams/client-listener.js'
import type { Clock } from '../seams/clock.js'
import type { MemoryClient, MemoryClientHandler } from './memory-listener.js'

const OVERWRITTEN = 0xdd

export interface MemoryConnectionParts {
  readonly clock: Clock
  readonly origin: ConnectionInfo
  readonly frameBytesMax: number
  readonly bufferBytes: number
  readonly client: MemoryClientHandler
  onStarted(): void
  onClosed(): void
}

/**
 * Both ends of a connection in memory. What either end sends waits in a queue that a deferred pump
 * empties; the queue towards the client is cut in two: a buffer of bounded size, as a system's socket
 * has one, and behind it what counts as unsent.
 */
export class MemoryConnection implements ClientConnection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  /** What the client holds. */
  readonly clientEnd: MemoryClient

  private handler: ConnectionHandler | undefined
  private readonly decoder: FrameDecoder
  private state: 'open' | 'ending' | 'closed' = 'open'
  private reason: Error | undefined
  private pumping = false

  private toServer: Uint8Array[] = []
  private serverReads = true
  private clientEnded = false
  private endSeen = false

  private toClient: Uint8Array[] = []
  private toClientBytes = 0
  private clientReads = true
  private clientGone = false
  private unsent: Uint8Array[] = []
  private awaitingDrain = false
  unsentBytes = 0

  constructor(private readonly parts: MemoryConnectionParts) {
    const { origin, frameBytesMax } = parts
    this.remoteAddress = origin.remoteAddress
    this.remotePort = origin.remotePort
    this.localPort = origin.localPort
    this.secure = origin.secure
    this.decoder = new FrameDecoder({ frameBytesMax, firstFrameBytesMax: CONNECT_REQUEST_BYTES_MAX })
    this.clientEnd = {
      send: bytes => {
        if (this.clientEnded || this.clientGone || this.state === 'closed' || bytes.length === 0) return
        this.toServer.push(bytes.slice())
        this.wake()
      },
      pause: () => {
        this.clientReads = false
      },
      resume: () => {
        this.clientReads = true
        this.wake()
      },
      end: () => {
        this.clientEnded = true
        this.wake()
      },
      destroy: () => {
        if (this.clientGone) return
        this.clientGone = true
        this.fail(new Error('the client broke the connection'))
      },
    }
  }

  start(handler: ConnectionHandler): void {
    this.handler = handler
    this.wake()
  }

  write(bytes: Uint8Array): boolean {
    if (this.state !== 'open') return true
    if (this.unsent.length === 0 && this.toClientBytes < this.parts.bufferBytes) {
      // Like a socket's write: what fits is taken, and only the rest has to stay.
      const taken = bytes.slice(0, this.parts.bufferBytes - this.toClientBytes)
      this.toClient.push(taken)
      this.toClientBytes += taken.length
      this.wake()
      if (taken.length === bytes.length) return true
      bytes = bytes.subarray(taken.length)
    }
    this.unsent.push(bytes)
    this.unsentBytes += bytes.length
    this.awaitingDrain = true
    this.wake()
    return false
  }

  pause(): void {
    this.serverReads = false
  }

  resume(): void {
    this.serverReads = true
    this.wake()
  }

  end(): void {
    if (this.state !== 'open') return
    this.state = 'ending'
    this.decoder.stop()
    this.wake()
  }

  destroy(): void {
    this.fail(undefined)
  }

  /** Closes at once; `reason` is what the handler's `closed` is told. */
  fail(reason: Error | undefined): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.reason = reason
    this.decoder.stop()
    this.unsent = []
    this.unsentBytes = 0
    this.parts.clock.defer(() => this.finish())
  }

  private wake(): void {
    if (this.pumping || this.handler === undefined) return
    this.pumping = true
    this.parts.clock.defer(this.pump)
  }

  private readonly pump = (): void => {
    this.pumping = false
    this.deliverToServer()
    this.deliverToClient()
  }

  private deliverToServer(): void {
    while (this.state === 'open' && this.serverReads && this.toServer.length > 0) this.receive(this.toServer.shift()!)
    const drained = this.toServer.length === 0 || this.state !== 'open'
    if (!this.clientEnded || this.endSeen || !drained || !this.serverReads) return
    this.endSeen = true
    if (this.state === 'open' && !this.decoder.foundWord) this.fail(undefined)
  }

  private receive(chunk: Uint8Array): void {
    const { decoder, handler } = this
    const starting = !decoder.started
    const frames = decoder.push(chunk, handler!)
    // The next read of a socket goes over the last one's bytes: who has kept a view of them must not get away with it here.
    chunk.fill(OVERWRITTEN)
    if (starting && decoder.started) this.parts.onStarted()
    if (frames > 0 && !this.isClosed) handler!.endOfChunk()
    if (decoder.fault !== undefined && !this.isClosed) this.fail(new Error(`closed for ${decoder.fault}`))
  }

  private deliverToClient(): void {
    while (!this.isClosed && this.clientReads && this.toClient.length > 0) {
      const bytes = this.toClient.shift()!
      this.toClientBytes -= bytes.length
      this.refill()
      this.parts.client.data(bytes)
    }
    if (this.isClosed) return
    if (this.awaitingDrain && this.unsentBytes === 0) {
      this.awaitingDrain = false
      this.handler!.drained()
    }
    if (this.state === 'ending' && this.unsentBytes === 0 && this.toClient.length === 0) this.fail(undefined)
  }

  /** Moves what was unsent into the buffer, as far as it fits. */
  private refill(): void {
    while (this.unsent.length > 0 && this.toClientBytes < this.parts.bufferBytes) {
      const head = this.unsent[0]
      const taken = head.slice(0, this.parts.bufferBytes - this.toClientBytes)
      if (taken.length === head.length) this.unsent.shift()
      else this.unsent[0] = head.subarray(taken.length)
      this.toClient.push(taken)
      this.toClientBytes += taken.length
      this.unsentBytes -= taken.length
    }
  }

  private finish(): void {
    const remaining = this.clientGone ? [] : this.toClient
    this.toClient = []
    this.parts.onClosed()
    this.handler!.closed(this.reason)
    // What had left the server still arrives, as it would from a system's buffer.
    for (const bytes of remaining) this.parts.client.data(bytes)
    if (!this.clientGone) this.parts.client.closed()
    this.clientGone = true
  }

  private get isClosed(): boolean {
    return this.state === 'closed'
  }
}
