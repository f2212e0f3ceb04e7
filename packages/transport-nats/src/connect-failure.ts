import { MenagerieError } from '@menagerie/core'

/** Says in a sentence why nats-server could not be used, and what helps. */
export function natsFailure(servers: string | readonly string[], cause: unknown): MenagerieError {
  const where = (typeof servers === 'string' ? [servers] : servers).map(withoutSecret).join(', ')
  return new MenagerieError('LISTEN_FAILED', describe(where, cause as { code?: unknown; message?: string }), { cause })
}

/** Whether no NATS server was there to talk to, which time may mend: nothing is wrong with what the transport was given. */
export function isAbsence(error: unknown): error is MenagerieError {
  if (!(error instanceof MenagerieError)) return false
  return ABSENCES.includes((error.cause as { code?: unknown } | undefined)?.code)
}

const ABSENCES: readonly unknown[] = ['CONNECTION_REFUSED', 'ECONNREFUSED', 'TIMEOUT', 'ENOTFOUND', 'EAI_AGAIN']

function describe(where: string, cause: { code?: unknown; message?: string }): string {
  const message = String(cause.message ?? cause)
  switch (cause.code) {
    case 'AUTHORIZATION_VIOLATION':
    case 'BAD_AUTHENTICATION':
      return `the NATS server at ${where} refused the credentials; correct user and password, token, credentialsFile or nkeyFile of transport-nats`
    case 'PERMISSIONS_VIOLATION':
      return `the NATS server at ${where} does not permit what the transport needs (${message}); allow its user to publish and subscribe to PREFIX.>`
    case 'CONNECTION_REFUSED':
    case 'ECONNREFUSED':
      return `no NATS server answers at ${where}; start nats-server there or correct servers of transport-nats`
    case 'TIMEOUT':
      return `no NATS server answered at ${where} in time; look whether it runs, is reached from here and takes this client's certificate (tls.certFile), or raise connectTimeoutMs`
    case 'ECONNRESET':
    case 'EPIPE':
      // Of the reason that it gives in TLS nothing is left where it resets the connection behind it.
      return `the NATS server at ${where} broke the connection off (${String(cause.code)}); its log says why, which may be that it asks for a certificate of this client (tls.certFile and keyFile of transport-nats)`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name of the NATS server at ${where} is not known (${String(cause.code)}); correct servers of transport-nats`
    default:
      if (/certificate|tls|ssl/i.test(message))
        return `TLS with the NATS server at ${where} failed (${message}); look at tls.caFile, certFile and keyFile of transport-nats`
      return `the NATS server at ${where} cannot be used: ${message}`
  }
}

/** Addresses may carry user and password, which belong in no log. */
export function withoutSecret(server: string): string {
  return server.replace(/^(\w+:\/\/)?[^@/]*@/, '$1')
}
