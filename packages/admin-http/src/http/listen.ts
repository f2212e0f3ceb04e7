import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { TlsOptions } from '@menagerie/transport-tcp/tls'
import { describeListenFailure } from './listen-failure.js'
import { unify } from './unify.js'

export interface HttpListenOptions {
  readonly host: string
  readonly port: number
  readonly idleTimeoutMs: number
  readonly portUnification?: boolean
  readonly forceHttps?: boolean
  readonly needClientAuth?: boolean
  readonly tls?: TlsOptions
}

export interface RunningHttp {
  /** The one that the system chose, where 0 was asked for. */
  readonly port: number
  /** Drops every connection; resolves when the port is free. */
  close(): Promise<void>
}

/** Connections at one time above which further ones are closed unanswered: monitors are few, and each costs memory. */
const CONNECTIONS_MAX = 200

/** What a large snapshot may take to arrive, which the idle timeout does not limit. */
const UPLOAD_MS = 3_600_000

/**
 * Serves requests over HTTP, HTTPS, or both on one port. @throws Error whose message says in a sentence why not:
 * the address, the keys or the certificates.
 */
export async function listen(options: HttpListenOptions, handler: RequestListener): Promise<RunningHttp> {
  const server = await createServer(options, handler)
  const sockets = new Set<Socket>()
  server.maxConnections = CONNECTIONS_MAX
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await bound(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function createServer(options: HttpListenOptions, handler: RequestListener): Promise<Server> {
  const plain = () => limited(createHttpServer(handler), options)
  if (!options.forceHttps && !options.portUnification) return plain()
  const [{ createServer: createHttpsServer }, { loadCredentials }] = await Promise.all([
    import('node:https'),
    import('@menagerie/transport-tcp/tls'),
  ])
  const { tls, needClientAuth = false } = options
  // The server's own options decide whether certificates are asked for; `tls.clientAuth` is about other servers.
  const credentials: SecureContextOptions = await loadCredentials({
    ...tls!,
    clientAuth: needClientAuth ? 'need' : 'none',
  })
  const https = limited(
    createHttpsServer({ ...credentials, requestCert: needClientAuth, rejectUnauthorized: needClientAuth }, handler),
    options,
  )
  https.on('tlsClientError', (_error, socket) => socket.destroy())
  return options.forceHttps ? https : unify(plain(), https, options.idleTimeoutMs)
}

/** A client that says nothing, or says it slowly, is let go. */
function limited<S extends Pick<HttpServer, 'timeout' | 'keepAliveTimeout' | 'headersTimeout' | 'requestTimeout'>>(
  server: S,
  { idleTimeoutMs }: HttpListenOptions,
): S {
  server.timeout = idleTimeoutMs
  server.keepAliveTimeout = idleTimeoutMs
  server.headersTimeout = idleTimeoutMs
  server.requestTimeout = Math.max(idleTimeoutMs, UPLOAD_MS)
  return server
}

function bound(server: Server, { host, port }: HttpListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new Error(describeListenFailure(host, port, cause), { cause })),
    )
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      // What fails later is one connection's accept: nothing to end a server for.
      server.on('error', () => {})
      resolve()
    })
  })
}
