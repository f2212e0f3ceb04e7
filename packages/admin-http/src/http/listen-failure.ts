/** Why an address could not be bound, as the beginning of a sentence that goes on with what to do. */
export function describeListenFailure(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program`
    case 'EACCES':
      return `port ${port} on ${host} needs more rights than this process has`
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${host}`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${host} is not known (${code})`
    default:
      return `port ${port} of ${host} cannot be listened on: ${message}`
  }
}
