import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { ConnectionInfo, MonitoredServer } from '@menagerie/core'

export interface HttpRefusal {
  readonly status: 401 | 403
  readonly error: string
}

/**
 * Why a request may not have a command that needs every permission on the root; undefined: it may. Its `Authorization`
 * is a scheme and, for schemes that need one, a credential: `digest user:password` (Apache: Commands.handleAuthentication).
 */
export function authorisation(request: IncomingMessage, server: MonitoredServer): HttpRefusal | undefined {
  const given = request.headers.authorization
  if (given === undefined) return { status: 401, error: 'Auth info is missing for the command' }
  const [scheme = '', credential, ...rest] = given.split(' ')
  const bytes = credential === undefined ? null : new TextEncoder().encode(credential)
  const verdict = rest.length > 0 ? 'not authenticated' : server.authorise(scheme, bytes, connectionOf(request))
  switch (verdict) {
    case 'granted':
      return undefined
    case 'not authenticated':
      return { status: 401, error: 'Not authenticated' }
    case 'not authorised':
      return { status: 403, error: 'Not authorized' }
  }
}

function connectionOf({ socket }: IncomingMessage): ConnectionInfo {
  const { remoteAddress = '', remotePort = 0, localPort = 0 } = socket
  return { remoteAddress, remotePort, localPort, secure: (socket as TLSSocket).encrypted === true }
}
