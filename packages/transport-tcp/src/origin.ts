import type { Socket } from 'node:net'
import type { ConnectionInfo } from '@menagerie/core'
import type { SocketAddress, TcpHandle } from './streams/node-handles.js'

/** Where a connection comes from. */
export type Origin = Pick<ConnectionInfo, 'remoteAddress' | 'remotePort' | 'localPort'>

/** Undefined when the peer is gone already. */
export function originOf(socket: Socket): Origin | undefined {
  const { remoteAddress, remotePort, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return undefined
  return { remoteAddress: withoutMapping(remoteAddress), remotePort, localPort }
}

/** As {@link originOf}. */
export function originOfHandle(handle: TcpHandle, localPort: number): Origin | undefined {
  const peer: Partial<SocketAddress> = {}
  if (handle.getpeername(peer) !== 0 || peer.address === undefined || peer.port === undefined) return undefined
  return { remoteAddress: withoutMapping(peer.address), remotePort: peer.port, localPort }
}

/** An IPv4 peer of an IPv6 socket is known by its IPv4 address: limits and `ip` ACLs mean that. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
