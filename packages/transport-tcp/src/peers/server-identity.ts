import { reverse } from 'node:dns/promises'
import { checkServerIdentity, type TLSSocket } from 'node:tls'
import type { PeerTlsOptions } from './options.js'

/**
 * Whether the certificate of a peer that was dialed names it: by the address that was reached, by the host that was
 * asked for, or by the host that DNS has for the address (ZKTrustManager). Undefined: it does; else what is wrong.
 */
export async function serverMismatch(
  socket: TLSSocket,
  host: string,
  { allowReverseDnsLookup }: Pick<PeerTlsOptions, 'allowReverseDnsLookup'>,
): Promise<string | undefined> {
  const certificate = socket.getPeerCertificate()
  const address = socket.remoteAddress?.replace(/^::ffff:(?=.*\.)/, '')
  const mismatch = checkServerIdentity(host, certificate)
  if (mismatch === undefined || address === undefined) return mismatch?.message
  if (checkServerIdentity(address, certificate) === undefined) return undefined
  if (!allowReverseDnsLookup) return mismatch.message
  const names = await reverse(address).catch(() => [])
  return names.some(name => checkServerIdentity(name, certificate) === undefined) ? undefined : mismatch.message
}
