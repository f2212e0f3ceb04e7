/** The `ip` scheme: who somebody is by the address that they come from. Proves nothing, so `auth` skips it. */
import type { Authenticator } from '../seams/authenticator.js'
import type { ConnectionInfo } from '../seams/client-listener.js'
import { formatAddress, parseAddress } from './ip-address.js'
import { parseJavaInt } from './java-text.js'

/** ACL ids are an address (`10.0.0.1`, `2001:db8::1`) or a prefix of one (`10.0.0.0/8`). */
export function ipAuthenticator(): Authenticator {
  const identify = (connection: ConnectionInfo) => [{ scheme: 'ip', id: formatAddress(connection.remoteAddress) }]
  return {
    scheme: 'ip',
    isAuthenticated: false,
    identify,
    // An auth packet for this scheme is accepted, whatever it holds, and tells the server nothing new.
    authenticate: (_credential, connection) => identify(connection),
    matches(identity, aclId) {
      const prefix = parsePrefix(aclId)
      const address = parseAddress(identity)
      return prefix !== null && address !== null && hasPrefix(address, prefix)
    },
    isValid: aclId => parsePrefix(aclId) !== null,
  }
}

interface Prefix {
  readonly address: Uint8Array
  readonly bits: number
}

function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  const bits = slash < 0 ? address.length * 8 : parseJavaInt(text.slice(slash + 1))
  return bits === null || bits < 0 || bits > address.length * 8 ? null : { address, bits }
}

/** An IPv4 prefix holds no IPv6 address and the other way round, not even with 0 bits. */
function hasPrefix(address: Uint8Array, prefix: Prefix): boolean {
  if (address.length !== prefix.address.length) return false
  const whole = prefix.bits >> 3
  for (let i = 0; i < whole; i++) if (address[i] !== prefix.address[i]) return false
  const mask = 0xff00 >> (prefix.bits & 7)
  return whole === address.length || ((address[whole] ^ prefix.address[whole]) & mask & 0xff) === 0
}
