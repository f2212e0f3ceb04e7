/** The arithmetic of DIGEST-MD5 (RFC 2831, section 2.1.2.1), for quality of protection `auth`. */
import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { encodeUtf8 } from '../../jute/utf8.js'

/** What goes into the response of RFC 2831, section 2.1.2.1. */
export interface ResponseInput {
  readonly username: string
  readonly realm: string
  readonly password: string
  readonly nonce: Uint8Array
  readonly cnonce: Uint8Array
  readonly digestUri: Uint8Array
  /** Goes into the hash if the client sent one. */
  readonly authzid?: Uint8Array
}

/** The hex value that proves the password: the client's to the server, or the server's back to the client. */
export function responseValue(input: ResponseInput, from: 'client' | 'server'): string {
  const { nonce, cnonce, authzid } = input
  const secret = md5(joined([narrow(input.username), narrow(input.realm), narrow(input.password)]))
  const a1 = joined(authzid === undefined ? [secret, nonce, cnonce] : [secret, nonce, cnonce, authzid])
  const a2 = joined([encodeUtf8(from === 'client' ? 'AUTHENTICATE' : ''), input.digestUri])
  const [count, quality] = [encodeUtf8('00000001'), encodeUtf8('auth')]
  return hexHash(joined([encodeUtf8(hexHash(a1)), nonce, count, cnonce, quality, encodeUtf8(hexHash(a2))]))
}

function hexHash(bytes: Uint8Array): string {
  return bytesToHex(md5(bytes))
}

const COLON = Uint8Array.of(0x3a)

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap((part, i) => (i === 0 ? [part] : [COLON, part])))
}

/** ISO 8859-1 where the text fits, else UTF-8: the rule that lets old and new clients share passwords. */
function narrow(text: string): Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return encodeUtf8(text)
  return Uint8Array.from(text, unit => unit.charCodeAt(0))
}
