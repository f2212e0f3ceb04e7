import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContextOptions } from 'node:tls'
import type { Clock } from '@menagerie/core'
import { type Endpoint, formatEndpoint } from './endpoint.js'
import type { TcpPeersOptions } from './options.js'
import { serverMismatch } from './server-identity.js'
import { staggered } from './staggered.js'

/** Reaches peers, over TLS where that is asked for. */
export class PeerDialer {
  constructor(
    private readonly options: Pick<TcpPeersOptions, 'connectTimeoutMs' | 'keepAlive' | 'sslQuorum' | 'tls'>,
    private readonly clock: Clock,
    /** What the next connection uses; read at each attempt, since files may be renewed. */
    private readonly credentials: () => SecureContextOptions | undefined,
  ) {}

  /**
   * Tries the endpoints in turn, see {@link staggered}, and resolves with a socket that nobody reads yet and of which
   * either side may end first. Names are resolved anew at each attempt: a peer may have moved (ZOOKEEPER-2982).
   * @param answerMs How long an endpoint may take to answer at all, before any TLS; connectTimeoutMs at most.
   * @throws Error of the last attempt, or the signal's reason
   */
  dial(endpoints: readonly Endpoint[], signal?: AbortSignal, answerMs = Infinity): Promise<Socket> {
    return staggered(
      endpoints,
      this.clock,
      signal,
      async (endpoint, signal) => {
        try {
          return await this.attempt(endpoint, signal, answerMs)
        } catch (error) {
          throw new Error(`${formatEndpoint(endpoint)}: ${(error as Error).message}`, { cause: error })
        }
      },
      late => late.destroy(),
    )
  }

  private async attempt(endpoint: Endpoint, signal: AbortSignal, answerMs: number): Promise<Socket> {
    const { connectTimeoutMs, keepAlive, sslQuorum } = this.options
    const sockets: Socket[] = []
    // The outer one alone, which takes the inner one along: Node 20 crashes when both are destroyed in the turn in
    // which the handshake ended.
    const abandon = (reason: Error) => sockets.at(-1)?.destroy(reason)
    const onAbort = () => abandon(signal.reason as Error)
    signal.addEventListener('abort', onAbort)
    const within = (ms: number) => this.clock.schedule(ms, () => abandon(new Error(`no connection within ${ms} ms`)))
    let cancel = within(Math.min(answerMs, connectTimeoutMs))
    try {
      const plain = connect({ ...endpoint, noDelay: true, keepAlive, allowHalfOpen: true })
      sockets.push(plain)
      await established(plain, 'connect')
      if (!sslQuorum) return plain
      cancel()
      cancel = within(connectTimeoutMs)
      return await this.secure(plain, endpoint.host, sockets)
    } catch (error) {
      abandon(error as Error)
      throw error
    } finally {
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  private async secure(plain: Socket, host: string, sockets: Socket[]): Promise<Socket> {
    const tls = this.options.tls!
    const socket = connectTls({
      ...this.credentials(),
      socket: plain,
      servername: isIP(host) === 0 ? host : undefined,
      // Names are compared afterwards, since that may need DNS.
      checkServerIdentity: () => undefined,
    })
    sockets.push(socket)
    await established(socket, 'secureConnect')
    const mismatch = tls.hostnameVerification ? await serverMismatch(socket, host, tls) : undefined
    if (mismatch !== undefined) throw new Error(`its certificate is refused: ${mismatch}`)
    return socket
  }
}

function established(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays: a socket that fails between two owners must not end the process.
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('the peer closed the connection')))
    socket.once(event, () => resolve())
  })
}
