import type { Socket } from 'node:net'
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls'
import { type ClientCertificate, type Clock, Deadlines, type Logger, RateLimitedWarning } from '@menagerie/core'
import { addressMismatch, certificateOf } from './client-identity.js'
import type { TlsOptions } from './options.js'

const DEADLINE_GRANULARITY_MS = 100
const LOG_INTERVAL_MS = 1000
/** The type of the record that every TLS connection starts with; as a frame's length it is far too large. */
const HANDSHAKE_RECORD = 0x16

/** What becomes of an accepted socket. Exactly one of the two is called, once. */
export interface GateOutcome {
  /** Ready for frames: `socket` is the accepted one if it is plain, or TLS over it. */
  passed(socket: Socket, found: GateFinding): void
  /** Closed before it got so far. */
  failed(): void
}

export interface GateFinding {
  readonly secure: boolean
  readonly certificate?: ClientCertificate
  /** What had to be read to tell plain from TLS. */
  readonly firstChunk?: Uint8Array
}

interface Entry {
  readonly socket: Socket
  readonly outcome: GateOutcome
}

/**
 * Takes accepted sockets through the TLS handshake. Knows which are under way, how many there may be and
 * how long each may take.
 *
 * The `tls.Server` here listens nowhere: it is given the sockets, which Node documents, so that one set of
 * limits covers all addresses. It hands back a TLS socket without saying over which socket, so the entry
 * is found by the connection's two ends.
 */
export class TlsGate {
  private readonly server: Server
  private readonly entries = new Map<string, Entry>()
  private readonly deadlines: Deadlines<Socket>
  private readonly warning: RateLimitedWarning
  private exceeded = 0

  constructor(
    private readonly options: TlsOptions,
    credentials: SecureContextOptions,
    clock: Clock,
    logger: Logger,
  ) {
    this.warning = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    this.deadlines = new Deadlines(clock, options.handshakeTimeoutMs, DEADLINE_GRANULARITY_MS, socket =>
      socket.destroy(),
    )
    this.server = createServer({
      ...credentials,
      requestCert: options.clientAuth !== 'none',
      rejectUnauthorized: options.clientAuth === 'need',
    })
    this.server.on('secureConnection', socket => void this.onSecure(socket))
    this.server.on('tlsClientError', (error, socket) => {
      this.warning.warn({ err: error }, `a TLS handshake failed: ${error.message}`)
      socket.destroy()
    })
  }

  /** Connections refused because too many handshakes were under way. */
  get exceededCount(): number {
    return this.exceeded
  }

  /** Whether another handshake may begin; if not, that is counted and logged. */
  admit(): boolean {
    const { handshakesMax } = this.options
    if (handshakesMax === 0 || this.entries.size < handshakesMax) return true
    this.exceeded++
    const text = `refused a connection: ${this.entries.size} TLS handshakes are under way, the limit (tls.handshakesMax) is ${handshakesMax}`
    this.warning.warn({ limit: handshakesMax }, text)
    return false
  }

  /** Takes over a socket that must speak TLS or, if `detect`, may speak either. */
  enter(socket: Socket, detect: boolean, outcome: GateOutcome): void {
    const key = endsOf(socket)
    this.entries.set(key, { socket, outcome })
    this.deadlines.add(socket)
    socket.on('error', ignore)
    socket.once('close', () => this.leave(key)?.outcome.failed())
    if (detect) this.detect(socket, key)
    else this.server.emit('connection', socket)
  }

  /** New connections use these from now on. */
  use(credentials: SecureContextOptions): void {
    this.server.setSecureContext(credentials)
  }

  /** Breaks off every handshake; their outcomes follow. */
  destroyAll(): void {
    for (const { socket } of this.entries.values()) socket.destroy()
    this.deadlines.clear()
  }

  private detect(socket: Socket, key: string): void {
    const onEnd = () => socket.destroy()
    socket.once('end', onEnd)
    socket.once('data', (chunk: Uint8Array) => {
      socket.off('end', onEnd)
      if (chunk[0] === HANDSHAKE_RECORD) {
        socket.pause()
        socket.unshift(chunk)
        this.server.emit('connection', socket)
      } else {
        this.leave(key)?.outcome.passed(socket, { secure: false, firstChunk: chunk })
      }
    })
  }

  private async onSecure(socket: TLSSocket): Promise<void> {
    socket.on('error', ignore)
    const problem = await this.problemOf(socket)
    if (problem !== undefined) {
      this.warning.warn({ address: socket.remoteAddress }, problem)
      socket.destroy()
      return
    }
    const entry = socket.destroyed ? undefined : this.leave(endsOf(socket))
    if (entry === undefined) socket.destroy()
    else entry.outcome.passed(socket, { secure: true, certificate: certificateOf(socket) })
  }

  /** Why the client's certificate is not good enough, after a handshake that went well otherwise. */
  private async problemOf(socket: TLSSocket): Promise<string | undefined> {
    const { clientAuth, clientHostnameVerification } = this.options
    if (clientAuth === 'none') return undefined
    // With clientAuth want, none is fine, but one that cannot be verified is not.
    if (!socket.authorized && socket.getPeerX509Certificate?.() !== undefined)
      return `refused a client certificate: ${socket.authorizationError}`
    if (!clientHostnameVerification) return undefined
    const mismatch = await addressMismatch(socket, this.options)
    return mismatch === undefined ? undefined : `refused a client certificate: ${mismatch}`
  }

  private leave(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.deadlines.remove(entry.socket)
    return entry
  }
}

/** No two living connections have both ends in common. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function ignore(): void {}
