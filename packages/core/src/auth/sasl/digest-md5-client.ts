/**
 * SASL DIGEST-MD5 on the client's side (RFC 2831), with the parameters that ZooKeeper's clients have built in: one
 * exchange. The first token is empty; the server's challenge is answered with the proof of the password, and what comes
 * back has to prove that the server knows it too.
 */
import { decodeUtf8, encodeUtf8 } from '../../jute/utf8.js'
import type { Random } from '../../seams/random.js'
import { encodeBase64 } from '../base64.js'
import { responseValue } from './digest-md5-response.js'
import { type Directives, parseDirectives } from './directives.js'

/** Who logs in. */
export interface DigestMd5Login {
  readonly username: string
  readonly password: string
}

/** What a {@link DigestMd5Client} is made of. */
export interface DigestMd5ClientOptions extends DigestMd5Login {
  /** For the client's nonce. */
  readonly random: Random
  /** First part of the digest-uri. */
  readonly protocol?: string
  /** Second part of the digest-uri. */
  readonly serverName?: string
}

/** What a token of the server's leads to. */
export type DigestMd5ClientStep =
  | { readonly type: 'send'; readonly token: Uint8Array }
  /** Both sides have proved that they know the password. */
  | { readonly type: 'proved' }
  | { readonly type: 'failed'; readonly reason: string }

const CNONCE_BYTES = 30

/** The client's side of one DIGEST-MD5 login (RFC 2831). */
export class DigestMd5Client {
  readonly #options: DigestMd5ClientOptions
  /** What the server has to answer; undefined before the challenge. */
  #expected: string | undefined

  constructor(options: DigestMd5ClientOptions) {
    this.#options = options
  }

  /** The first token to send. */
  begin(): Uint8Array {
    return new Uint8Array()
  }

  /** Takes one token of the server's; null is the answer of a server that has no SASL, or has given it up. */
  step(token: Uint8Array | null): DigestMd5ClientStep {
    if (token === null) return failed('the server answered without a token: it offers no SASL, or refused the login')
    const directives = parseDirectives(token)
    if (directives === null) return failed("the server's token is no list of directives")
    return this.#expected === undefined ? this.#answer(directives) : this.#verify(directives)
  }

  #answer(challenge: Directives): DigestMd5ClientStep {
    const nonce = challenge.get('nonce')
    if (nonce === undefined) return failed("the server's challenge has no nonce")
    const qop = textOf(challenge, 'qop') ?? 'auth'
    if (!qop.split(',').some(one => one.trim() === 'auth')) return failed(`the server wants qop ${qop}, not auth`)
    const algorithm = textOf(challenge, 'algorithm') ?? 'md5-sess'
    if (algorithm !== 'md5-sess') return failed(`the server wants algorithm ${algorithm}, not md5-sess`)
    const { username, password, random, protocol = 'zookeeper', serverName = 'zk-sasl-md5' } = this.#options
    const realm = textOf(challenge, 'realm') ?? ''
    const cnonce = encodeBase64(random.bytes(CNONCE_BYTES))
    const digestUri = `${protocol}/${serverName}`
    const input = {
      username,
      realm,
      password,
      nonce,
      cnonce: encodeUtf8(cnonce),
      digestUri: encodeUtf8(digestUri),
    }
    this.#expected = responseValue(input, 'server')
    const directives = [
      'charset=utf-8',
      `username=${quoted(username)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(decodeUtf8(nonce, 0, nonce.length))}`,
      'nc=00000001',
      `cnonce=${quoted(cnonce)}`,
      `digest-uri=${quoted(digestUri)}`,
      `response=${responseValue(input, 'client')}`,
      'qop=auth',
    ]
    return { type: 'send', token: encodeUtf8(directives.join(',')) }
  }

  #verify(answer: Directives): DigestMd5ClientStep {
    if (textOf(answer, 'rspauth') === this.#expected) return { type: 'proved' }
    return failed('the server did not prove that it knows the password')
  }
}

function failed(reason: string): DigestMd5ClientStep {
  return { type: 'failed', reason }
}

function textOf(directives: Directives, name: string): string | undefined {
  const bytes = directives.get(name)
  return bytes === undefined ? undefined : decodeUtf8(bytes, 0, bytes.length)
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
