import { decodeUtf8, encodeUtf8 } from '../../jute/utf8.js'
import type { Random } from '../../seams/random.js'
import { encodeBase64 } from '../base64.js'
import { responseValue } from './digest-md5-response.js'
import { parseDirectives } from './directives.js'

export interface DigestMd5ClientOptions {
  readonly username: string
  readonly password: string
  /** First and second part of the digest-uri. */
  readonly protocol: string
  readonly serverName: string
  readonly random: Random
}

const NONCE_BYTES = 30

/**
 * SASL DIGEST-MD5 on the client's side (RFC 2831), for servers that prove themselves to each other. Two steps: the
 * challenge is answered with the response; then `rspauth` has to prove that the server knows the password too.
 */
export class DigestMd5Client {
  private expected: string | undefined

  constructor(private readonly options: DigestMd5ClientOptions) {}

  /** The response to a challenge; null where it is none of DIGEST-MD5. */
  respond(challenge: Uint8Array): Uint8Array | null {
    const directives = parseDirectives(challenge)
    const nonce = directives?.get('nonce')
    if (directives === null || nonce === undefined) return null
    const { username, password, protocol, serverName, random } = this.options
    const offered = directives.get('realm')
    const realm = offered === undefined ? serverName : text(offered)
    const digestUri = encodeUtf8(`${protocol}/${serverName}`)
    const cnonce = encodeUtf8(encodeBase64(random.bytes(NONCE_BYTES)))
    const input = { username, realm, password, nonce, cnonce, digestUri }
    this.expected = responseValue(input, 'server')
    const fields = [
      'charset=utf-8',
      `username=${quoted(username)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(text(nonce))}`,
      'nc=00000001',
      `cnonce=${quoted(text(cnonce))}`,
      `digest-uri=${quoted(text(digestUri))}`,
      'maxbuf=65536',
      `response=${responseValue(input, 'client')}`,
      'qop=auth',
    ]
    return encodeUtf8(fields.join(','))
  }

  /** Whether the server's last token proves that it knows the password. */
  verify(token: Uint8Array): boolean {
    const rspauth = parseDirectives(token)?.get('rspauth')
    return rspauth !== undefined && this.expected !== undefined && text(rspauth) === this.expected
  }
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function text(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length)
}
