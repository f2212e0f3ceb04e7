import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Endpoint } from './endpoint.js'

/** Whether one of the hosts is, or has by DNS, this address. A name that cannot be looked up names nothing. */
export async function namesAddress(endpoints: readonly Endpoint[], address: string): Promise<boolean> {
  const wanted = plain(address)
  const found = await Promise.all(
    [...new Set(endpoints.map(({ host }) => host))].map(async host => {
      if (isIP(host) !== 0) return [host]
      return lookup(host, { all: true }).then(
        all => all.map(({ address }) => address),
        () => [],
      )
    }),
  )
  return found.flat().some(candidate => plain(candidate) === wanted)
}

/** An IPv4 address as a socket of both families shows it, without that, and no zone. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=.*\.)/, '').replace(/%.*$/, '')
}
