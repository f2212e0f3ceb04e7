import { createServer, type Server, type Socket } from 'node:net'
import { type Cancel, type Clock, type Logger, RateLimitedWarning } from '@menagerie/core'
import { listenFailed } from '../listen-failure.js'
import type { TlsGate } from '../tls/tls-gate.js'
import { type Endpoint, formatEndpoint } from './endpoint.js'
import type { TcpPeersOptions } from './options.js'

const BIND_RETRY_MS = 1000
const LOG_INTERVAL_MS = 1000
/** Shown where no host is bound but all addresses of the machine. */
const EVERYWHERE = 'every address'

/** A socket that is ready for bytes of a peer, and what has been read of them already. */
export type Accepted = (socket: Socket, firstChunk: Uint8Array | undefined) => void

/** The ports of one plane: binds them and takes accepted sockets through TLS, if there is any. */
export class PeerAcceptor {
  private readonly servers = new Map<string, Server>()
  private readonly acceptErrors: RateLimitedWarning
  private readonly retries = new Set<() => void>()
  private closed = false

  constructor(
    private readonly options: Pick<
      TcpPeersOptions,
      'listenOnAllIPs' | 'bindAttempts' | 'keepAlive' | 'sslQuorum' | 'portUnification'
    >,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly gate: TlsGate | undefined,
    private readonly accepted: Accepted,
  ) {
    this.acceptErrors = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
  }

  /**
   * Binds every endpoint that is not bound yet, then gives up those that are not named any more. Connections that
   * came over one of them go on.
   * @throws LISTEN_FAILED what was bound before stays
   */
  async listen(endpoints: readonly Endpoint[]): Promise<void> {
    const wanted = this.wanted(endpoints)
    for (const [key, endpoint] of wanted) if (!this.servers.has(key)) this.servers.set(key, await this.bind(endpoint))
    for (const [key, server] of this.servers) {
      if (wanted.has(key)) continue
      this.servers.delete(key)
      server.close()
    }
  }

  /** Takes no more connections. Those that were handed over go on. */
  close(): void {
    this.closed = true
    for (const wake of this.retries) wake()
    // A server ends only with its last connection, which is not for this class to wait for.
    for (const server of this.servers.values()) server.close()
    this.servers.clear()
  }

  private wanted(endpoints: readonly Endpoint[]): Map<string, Partial<Endpoint>> {
    return new Map(
      endpoints.map((endpoint): [string, Partial<Endpoint>] =>
        this.options.listenOnAllIPs
          ? [`${EVERYWHERE}:${endpoint.port}`, { port: endpoint.port }]
          : [formatEndpoint(endpoint), endpoint],
      ),
    )
  }

  private async bind({ host, port }: Partial<Endpoint>): Promise<Server> {
    const { bindAttempts } = this.options
    for (let attempt = 1; ; attempt++) {
      try {
        const server = await this.start(host, port!)
        if (!this.closed) return server
        server.close()
        throw new Error('the transport was closed')
      } catch (error) {
        const failure = listenFailed(host ?? EVERYWHERE, port!, error as NodeJS.ErrnoException)
        if (this.closed || (bindAttempts > 0 && attempt >= bindAttempts)) throw failure
        this.logger.warn({ attempt, bindAttempts }, `trying again in ${BIND_RETRY_MS} ms: ${failure.message}`)
        await this.pause()
      }
    }
  }

  private start(host: string | undefined, port: number): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: this.options.keepAlive })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        server.on('error', error =>
          this.acceptErrors.warn({ err: error }, `cannot accept a connection of a peer: ${error.message}`),
        )
        server.on('connection', socket => this.onSocket(socket))
        resolve(server)
      })
    })
  }

  private onSocket(socket: Socket): void {
    socket.on('error', ignore)
    const { sslQuorum, portUnification } = this.options
    if (this.closed) socket.destroy()
    else if (!sslQuorum && !portUnification) this.accepted(socket, undefined)
    else if (!this.gate!.admit()) socket.destroy()
    else {
      this.gate!.enter(socket, portUnification, {
        passed: (ready, { firstChunk }) => this.accepted(ready, firstChunk),
        failed: ignore,
      })
    }
  }

  private pause(): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        cancel()
        this.retries.delete(wake)
        resolve()
      }
      const cancel: Cancel = this.clock.schedule(BIND_RETRY_MS, wake)
      this.retries.add(wake)
    })
  }
}

function ignore(): void {}
