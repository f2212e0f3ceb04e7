import { reverse } from 'node:dns/promises'
import { checkServerIdentity, type TLSSocket } from 'node:tls'
import type { ClientCertificate } from '@menagerie/core'
import { namesOf } from './distinguished-name.js'
import type { TlsOptions } from './options.js'

/** The names in the certificate that a client has shown and TLS has verified, if it has shown one. */
export function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate?.()
  return certificate === undefined ? undefined : namesOf(certificate.raw)
}

/**
 * Whether the client's certificate names the address that it comes from, or a host that DNS says is
 * there. Undefined: it does; else what is wrong.
 */
export async function addressMismatch(socket: TLSSocket, options: TlsOptions): Promise<string | undefined> {
  const address = socket.remoteAddress
  const certificate = socket.getPeerCertificate()
  if (address === undefined || Object.keys(certificate).length === 0) return undefined
  const plain = address.replace(/^::ffff:(?=.*\.)/, '')
  const mismatch = checkServerIdentity(plain, certificate)
  if (mismatch === undefined || !options.allowReverseDnsLookup) return mismatch?.message
  const hosts = await reverse(plain).catch(() => [])
  return hosts.some(host => checkServerIdentity(host, certificate) === undefined) ? undefined : mismatch.message
}
