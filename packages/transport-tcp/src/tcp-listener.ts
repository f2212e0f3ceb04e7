import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import {
  Admission,
  type ClientConnection,
  type ClientListener,
  type Clock,
  type ConnectionHandler,
  type ConnectionInfo,
  Deadlines,
  type ListenAddress,
  type ListenerLimits,
  type Logger,
  MenagerieError,
  RateLimitedWarning,
  RenewedSet,
} from '@menagerie/core'
import { maxFileDescriptors } from '@menagerie/platform-node'
import { BusyPoll } from './busy-poll.js'
import { DescriptorReserve } from './descriptor-reserve.js'
import { acceptFailed, listenFailed } from './listen-failure.js'
import { addressesOf, type TcpAddress, type TcpListenerOptions } from './options.js'
import { type Origin, originOf, originOfHandle } from './origin.js'
import type { ByteStream } from './streams/byte-stream.js'
import { HandleStreams } from './streams/handle-streams.js'
import { acceptHandles, descriptorOf, type TcpHandle } from './streams/node-handles.js'
import { SocketStream } from './streams/socket-stream.js'
import { type ConnectionOwner, TcpConnection } from './tcp-connection.js'
import { loadCredentials } from './tls/credentials.js'
import { CredentialReloader } from './tls/reload.js'
import { type GateFinding, TlsGate } from './tls/tls-gate.js'

/** How late a silent connection may be closed: what lets one timer serve thousands of them. */
const DEADLINE_GRANULARITY_MS = 100
const LOG_INTERVAL_MS = 1000

type Protocol = TcpAddress['protocol']

/** Accepts clients over TCP and TLS. One per server; any number of addresses, which share their limits. */
export class TcpListener implements ClientListener, ConnectionOwner {
  private readonly servers: { server: Server; place: ListenAddress; protocol: Protocol }[] = []
  private readonly connections = new RenewedSet<TcpConnection>()
  private state: 'new' | 'listening' | 'closed' = 'new'
  private limits!: ListenerLimits
  private accept!: (connection: ClientConnection) => ConnectionHandler
  private admission: Admission | undefined
  private firstFrames!: Deadlines<TcpConnection>
  private readonly lastReplies: Deadlines<TcpConnection>
  private readonly acceptErrors: RateLimitedWarning
  private readonly busyPoll: BusyPoll
  private readonly descriptors: DescriptorReserve
  private readonly handles: HandleStreams | undefined
  private gate: TlsGate | undefined
  private reloader: CredentialReloader | undefined
  private closing: Promise<void> | undefined
  private allClosed: (() => void) | undefined

  constructor(
    private readonly options: TcpListenerOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
    descriptorsMax = maxFileDescriptors(),
  ) {
    this.descriptors = new DescriptorReserve(descriptorsMax, clock, logger)
    this.acceptErrors = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.busyPoll = new BusyPoll(clock, availableParallelism() > 1 ? options.busyPollMicros / 1000 : 0)
    if (!options.nodeSockets) this.handles = HandleStreams.find()
    this.lastReplies = new Deadlines(clock, options.lingerMs, DEADLINE_GRANULARITY_MS, connection =>
      connection.fail(new Error(`the client did not accept its last replies and close within ${options.lingerMs} ms`)),
    )
  }

  get connectionCount(): number {
    return this.admission?.openCount ?? 0
  }

  get rejectedCount(): number {
    return (this.admission?.rejectedCount ?? 0) + (this.gate?.exceededCount ?? 0) + this.descriptors.refusedCount
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
    const bound: ListenAddress[] = []
    try {
      await this.prepareTls()
      for (const address of addressesOf(this.options)) bound.push(await this.bind(address))
    } catch (error) {
      await this.close()
      throw error
    }
    return bound
  }

  async move(
    { host, port }: ListenAddress,
    to: { readonly host: string; readonly port: number },
  ): Promise<ListenAddress> {
    const at = this.servers.findIndex(({ place }) => !place.secure && place.host === host && place.port === port)
    if (this.state !== 'listening' || at < 0) {
      throw new MenagerieError('SERVER_STATE', `this listener accepts no plain connections at ${host}:${port}`)
    }
    const { server, protocol } = this.servers[at]
    // Two sockets cannot have one port at overlapping addresses. The new one comes first everywhere else: it may fail.
    const samePort = to.port === port
    // The port is free at once; that a server has closed is told only when its last connection has.
    if (samePort) server.close()
    let bound: ListenAddress
    try {
      bound = await this.bind({ ...to, protocol })
    } catch (error) {
      if (samePort) {
        this.servers.splice(at, 1)
        await this.bind({ host, port, protocol })
      }
      throw error
    }
    this.servers.splice(at, 1)
    if (!samePort) server.close()
    return bound
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  started(connection: TcpConnection): void {
    this.firstFrames.remove(connection)
  }

  handled(connection: TcpConnection): void {
    this.busyPoll.handled(connection)
  }

  ending(connection: TcpConnection): void {
    this.firstFrames.remove(connection)
    this.lastReplies.add(connection)
  }

  closed(connection: TcpConnection): void {
    this.firstFrames.remove(connection)
    this.lastReplies.remove(connection)
    this.connections.delete(connection)
    this.release(connection.remoteAddress)
  }

  private async prepareTls(): Promise<void> {
    const { tls } = this.options
    if (tls === undefined || addressesOf(this.options).every(({ protocol }) => protocol === 'plain')) return
    const credentials = await loadCredentials(tls)
    const gate = new TlsGate(tls, credentials, this.clock, this.logger)
    this.gate = gate
    if (tls.certReload) {
      this.reloader = new CredentialReloader(tls, this.clock, this.logger, credentials, fresh => gate.use(fresh))
    }
  }

  private bind({ host, port, protocol }: TcpAddress): Promise<ListenAddress> {
    const { backlog, keepAlive } = this.options
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive })
    return new Promise((resolve, reject) => {
      const onFailure = (error: NodeJS.ErrnoException) => reject(listenFailed(host, port, error))
      server.once('error', onFailure)
      server.listen({ host, port, backlog }, () => {
        server.off('error', onFailure)
        server.on('error', this.onAcceptError)
        const bound = (server.address() as AddressInfo).port
        if (protocol !== 'plain' || !this.acceptsHandles(server, bound)) {
          server.on('connection', socket => this.onSocket(socket, protocol))
        }
        const place = { host, port: bound, secure: protocol === 'tls' }
        this.servers.push({ server, place, protocol })
        resolve(place)
      })
    })
  }

  /** Has plain connections come without sockets, where this Node.js gives them so. */
  private acceptsHandles(server: Server, port: number): boolean {
    const { handles } = this
    if (handles === undefined) return false
    return acceptHandles(server, (status, handle) => {
      if (status < 0) this.onAcceptError(acceptFailed(status))
      else this.onHandle(handle, handles, port)
    })
  }

  private onHandle(handle: TcpHandle, handles: HandleStreams, port: number): void {
    const origin = originOfHandle(handle, port)
    if (origin === undefined || !this.admits(origin, 'plain', handle.fd)) {
      handle.close(ignore)
      return
    }
    handle.setNoDelay(true)
    if (this.options.keepAlive) handle.setKeepAlive(true, 0)
    this.connect(handles.stream(handle), origin, { secure: false })
  }

  private onSocket(socket: Socket, protocol: Protocol): void {
    const origin = originOf(socket)
    if (origin === undefined || !this.admits(origin, protocol, descriptorOf(socket))) {
      socket.on('error', ignore)
      socket.destroy()
    } else if (protocol === 'plain') {
      this.connect(new SocketStream(socket), origin, { secure: false })
    } else {
      this.gate!.enter(socket, protocol === 'detect', {
        passed: (ready, finding) => this.connect(new SocketStream(ready), origin, finding),
        failed: () => this.release(origin.remoteAddress),
      })
    }
  }

  private admits({ remoteAddress }: Origin, protocol: Protocol, descriptor: number | undefined): boolean {
    if (this.state !== 'listening' || !this.descriptors.admit(descriptor, remoteAddress)) return false
    if (protocol !== 'plain' && !this.gate!.admit()) return false
    return this.admission!.admit(remoteAddress)
  }

  /** A stream that is ready for frames. */
  private connect(stream: ByteStream, origin: Origin, { secure, certificate, firstChunk }: GateFinding): void {
    const info: ConnectionInfo = { ...origin, secure, certificate }
    const connection = new TcpConnection(stream, this, info, this.limits.frameBytesMax)
    this.connections.add(connection)
    this.firstFrames.add(connection)
    connection.start(this.accept(connection))
    if (firstChunk !== undefined) connection.received(firstChunk)
  }

  /** A connection, or a handshake that led to none, is over. */
  private release(remoteAddress: string): void {
    this.admission!.release(remoteAddress)
    if (this.connectionCount === 0) this.allClosed?.()
  }

  private readonly onAcceptError = (error: Error): void => {
    this.acceptErrors.warn({ err: error }, `cannot accept a connection: ${error.message}`)
  }

  private async closeAll(): Promise<void> {
    this.state = 'closed'
    this.reloader?.stop()
    const stopped = this.servers.map(({ server }) => new Promise(resolve => server.close(resolve)))
    if (this.connectionCount > 0) {
      const emptied = new Promise<void>(resolve => {
        this.allClosed = resolve
      })
      for (const connection of [...this.connections]) connection.destroy()
      this.gate?.destroyAll()
      await emptied
    }
    await Promise.all(stopped)
    this.firstFrames?.clear()
    this.lastReplies.clear()
  }
}

function ignore(): void {}
