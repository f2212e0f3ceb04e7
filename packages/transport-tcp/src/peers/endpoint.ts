import { isIPv6 } from 'node:net'
import type { PeerAddress } from '@menagerie/core'

/** One host and port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Observers have a port of their own at those who take them, the same for all. */
export type Plane = 'election' | 'quorum' | { readonly observerPort: number }

/** Where a server is reached on one plane. */
export function endpointsOf(addresses: readonly PeerAddress[], plane: Plane): Endpoint[] {
  return addresses.map(({ host, quorumPort, electionPort }) => ({
    host,
    port: typeof plane === 'object' ? plane.observerPort : plane === 'quorum' ? quorumPort : electionPort,
  }))
}

/** `host:port`, an IPv6 address in brackets, as Apache writes and reads it (NetUtils, ConfigUtils). */
export function formatEndpoint({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Undefined: the text is no host and port. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^[\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const port = Number(match[3])
  return port > 65_535 ? undefined : { host: match[1] ?? match[2], port }
}

/** Each endpoint once, the first ones first. */
export function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map(endpoint => [formatEndpoint(endpoint), endpoint])).values()]
}
