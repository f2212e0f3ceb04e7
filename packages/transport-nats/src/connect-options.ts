import { readFile } from 'node:fs/promises'
import { MenagerieError } from '@menagerie/core'
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
} from 'nats'
import type { NatsTransportOptions } from './options.js'
import type { Subjects } from './subjects.js'

/** The plugin's options in the words of the NATS client. @throws LISTEN_FAILED for a file that cannot be read */
export async function connectionOptions(
  options: NatsTransportOptions,
  name: string,
  subjects: Subjects,
): Promise<ConnectionOptions> {
  return {
    servers: options.servers,
    name,
    ...(await credentials(options)),
    ...(options.tls && { tls: await tlsOptions(options.tls) }),
    inboxPrefix: subjects.inbox,
    // A server is no peer of itself.
    noEcho: true,
    timeout: options.connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: options.reconnectDelayMs,
    // Credentials may be mended at nats-server while this server runs.
    ignoreAuthErrorAbort: true,
    // Two unanswered pings break a connection that is only half there.
    pingInterval: Math.max(options.heartbeatMs, Math.floor(options.deadAfterMs / 2)),
    maxPingOut: 2,
  }
}

async function credentials(options: NatsTransportOptions): Promise<Partial<ConnectionOptions>> {
  const { user, password, token, credentialsFile, nkeyFile } = options
  if (user !== undefined) return { user, pass: password ?? '' }
  if (token !== undefined) return { token }
  if (credentialsFile !== undefined) return { authenticator: await fromFile(credentialsFile, credsAuthenticator) }
  if (nkeyFile !== undefined) return { authenticator: await fromFile(nkeyFile, nkeyAuthenticator) }
  return {}
}

async function fromFile(path: string, make: (secret: Uint8Array) => Authenticator): Promise<Authenticator> {
  const secret = await read(path)
  // The seed stands alone in its file, but for the line's end.
  const trimmed = make === nkeyAuthenticator ? Buffer.from(secret.toString('utf8').trim()) : secret
  try {
    const authenticator = make(trimmed)
    // Signing shows now what would otherwise be thrown into a connection that is being made.
    authenticator('check')
    return authenticator
  } catch (cause) {
    throw new MenagerieError('LISTEN_FAILED', `${path} does not hold credentials for NATS: ${String(cause)}`, { cause })
  }
}

async function tlsOptions(tls: NonNullable<NatsTransportOptions['tls']>): Promise<TlsOptions> {
  const { caFile, certFile, keyFile, handshakeFirst } = tls
  return {
    handshakeFirst,
    ...(caFile !== undefined && { ca: (await read(caFile)).toString('utf8') }),
    ...(certFile !== undefined && { cert: (await read(certFile)).toString('utf8') }),
    ...(keyFile !== undefined && { key: (await read(keyFile)).toString('utf8') }),
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const message = `${path}, named in the options of transport-nats, cannot be read: ${(cause as Error).message}`
    throw new MenagerieError('LISTEN_FAILED', message, { cause })
  }
}
