/**
 * Clients within the process: the same bytes, frames, limits and back-pressure as over TCP, without
 * sockets. For tests, and for programs that carry a server and its clients in one process.
 *
 * Everything travels by way of {@link Clock.defer}, so that neither end is ever called from within a
 * call that it makes itself.
 */
import { MenagerieError } from '../errors.js'
import { Admission } from '../requests/admission.js'
import { Deadlines } from '../requests/deadlines.js'
import type {
  ClientConnection,
  ClientListener,
  ConnectionHandler,
  ListenAddress,
  ListenerLimits,
} from '../seams/client-listener.js'
import type { Clock } from '../seams/clock.js'
import { type Logger, silentLogger } from '../seams/logger.js'
import { MemoryConnection } from './memory-connection.js'

/** Closing what is due may wait this long, so that one timer serves thousands. */
const DEADLINE_GRANULARITY_MS = 100

/** The client's end of a connection in memory. */
export interface MemoryClient {
  send(bytes: Uint8Array): void
  /** Stops taking replies; the server's unsent bytes grow. */
  pause(): void
  resume(): void
  /** Closes the sending side only. */
  end(): void
  /** Breaks the connection. */
  destroy(): void
}

/** What a client is told. */
export interface MemoryClientHandler {
  data(bytes: Uint8Array): void
  /** The server closed, or the connection broke. Once; not after the client's own `destroy`. */
  closed(): void
}

/** What a {@link MemoryListener} reports, and how much it holds. */
export interface MemoryListenerOptions {
  /** The address that is reported as bound. No other listener is looked for there. */
  readonly address?: ListenAddress
  /** How many reply bytes are under way before more count as unsent. Default: 65,536. */
  readonly bufferBytes?: number
  readonly logger?: Logger
}

/** Clients in the same process, without sockets: for tests of what stands above connections. */
export class MemoryListener implements ClientListener {
  private readonly address: ListenAddress
  private readonly bufferBytes: number
  private readonly logger: Logger
  private readonly connections = new Set<MemoryConnection>()
  private admission: Admission | undefined
  private firstFrames: Deadlines<MemoryConnection> | undefined
  private limits!: ListenerLimits
  private accept!: (connection: ClientConnection) => ConnectionHandler
  private state: 'new' | 'listening' | 'closed' = 'new'
  private nextPort = 40_000
  private readonly emptied: (() => void)[] = []

  constructor(
    private readonly clock: Clock,
    options: MemoryListenerOptions = {},
  ) {
    this.address = options.address ?? { host: 'memory', port: 2181, secure: false }
    this.bufferBytes = options.bufferBytes ?? 65_536
    this.logger = options.logger ?? silentLogger
  }

  get connectionCount(): number {
    return this.admission?.openCount ?? 0
  }

  get rejectedCount(): number {
    return this.admission?.rejectedCount ?? 0
  }

  async listen(
    limits: ListenerLimits,
    accept: (connection: ClientConnection) => ConnectionHandler,
  ): Promise<ListenAddress[]> {
    if (this.state !== 'new') throw new MenagerieError('SERVER_STATE', `this listener is ${this.state} already`)
    this.state = 'listening'
    this.limits = limits
    this.accept = accept
    this.admission = new Admission(limits, this.clock, this.logger)
    this.firstFrames = new Deadlines(this.clock, limits.firstFrameTimeoutMs, DEADLINE_GRANULARITY_MS, connection =>
      connection.fail(new Error(`no complete first frame within ${limits.firstFrameTimeoutMs} ms`)),
    )
    return [this.address]
  }

  /**
   * Connects a client that seems to come from `remoteAddress`. Where a limit refuses it, it is closed at
   * once. @throws SERVER_STATE nobody listens.
   */
  dial(client: MemoryClientHandler, remoteAddress = '127.0.0.1'): MemoryClient {
    if (this.state !== 'listening') throw new MenagerieError('SERVER_STATE', `this listener is ${this.state}`)
    const { localPort, secure } = { localPort: this.address.port, secure: this.address.secure }
    const connection = new MemoryConnection({
      clock: this.clock,
      origin: { remoteAddress, remotePort: this.nextPort++, localPort, secure },
      frameBytesMax: this.limits.frameBytesMax,
      bufferBytes: this.bufferBytes,
      client,
      onStarted: () => this.firstFrames!.remove(connection),
      onClosed: () => this.forget(connection),
    })
    if (this.admission!.admit(remoteAddress)) {
      this.connections.add(connection)
      this.firstFrames!.add(connection)
      connection.start(this.accept(connection))
    } else {
      this.clock.defer(() => client.closed())
    }
    return connection.clientEnd
  }

  async close(): Promise<void> {
    this.state = 'closed'
    this.firstFrames?.clear()
    if (this.connections.size === 0) return
    const emptied = new Promise<void>(resolve => this.emptied.push(resolve))
    for (const connection of [...this.connections]) connection.destroy()
    await emptied
  }

  private forget(connection: MemoryConnection): void {
    this.firstFrames!.remove(connection)
    this.admission!.release(connection.remoteAddress)
    this.connections.delete(connection)
    if (this.connections.size === 0) for (const resolve of this.emptied.splice(0)) resolve()
  }
}
