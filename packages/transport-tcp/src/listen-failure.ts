import { getSystemErrorName } from 'node:util'
import { MenagerieError } from '@menagerie/core'

/** Says in one sentence why an address could not be bound, and what helps. */
export function listenFailed(host: string, port: number, cause: NodeJS.ErrnoException): MenagerieError {
  return new MenagerieError('LISTEN_FAILED', describe(host, port, cause), { cause })
}

function describe(host: string, port: number, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program; stop that program or choose another port`
    case 'EACCES':
      return `port ${port} on ${host} needs more rights than this process has; choose a port above 1023`
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${host} to listen on port ${port} at; choose one of its own addresses`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${host} to listen on port ${port} at is not known (${cause.code}); choose an address of this machine`
    case 'EAFNOSUPPORT':
      return `this machine does not support addresses like ${host}, so port ${port} cannot be listened on there`
    default:
      return `cannot listen on port ${port} of ${host}: ${cause.message}`
  }
}

/** What libuv could not accept a connection for, as Node.js words it. */
export function acceptFailed(status: number): Error {
  const code = getSystemErrorName(status)
  return Object.assign(new Error(`accept ${code}`), { code, errno: status, syscall: 'accept' })
}
