import { getCiphers } from 'node:tls'
import { MenagerieError } from '@menagerie/core'

/**
 * OpenSSL's name for a cipher suite. A configuration written for Apache has Java's (the IANA's) names:
 * `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` for `ECDHE-RSA-AES128-GCM-SHA256`. Those of TLS 1.3 are the
 * same in both. @throws CONFIG_INVALID this build of Node does not know the suite.
 */
export function opensslCipherSuite(name: string): string {
  const candidate = name.includes('_WITH_') ? translate(name) : name
  const known = getCiphers()
  if (known.includes(candidate.toLowerCase())) return candidate
  const stated = candidate === name ? name : `${name} (${candidate} in OpenSSL)`
  throw new MenagerieError(
    'CONFIG_INVALID',
    `tls.cipherSuites (ssl.ciphersuites): ${stated} is not a cipher suite that this Node.js knows`,
  )
}

function translate(name: string): string {
  const [keyExchange, cipher] = name.replace(/^(TLS|SSL)_/, '').split('_WITH_')
  const exchange = keyExchange === 'RSA' ? [] : [keyExchange.replaceAll('_', '-')]
  const bulk = cipher
    .replace(/^AES_(\d+)_/, 'AES$1_')
    .replace('_CBC_', '_')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
    .replaceAll('_', '-')
  return [...exchange, bulk].join('-')
}
