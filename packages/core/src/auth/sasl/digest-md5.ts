/**
 * SASL DIGEST-MD5 on the server's side (RFC 2831), with the parameters that ZooKeeper's clients have built
 * in. Two steps: the first token, empty as a rule, is answered with a challenge, the client's response with `rspauth`, which
 * proves to the client that the server knows the password too.
 *
 * A challenge is good for one response, so a recorded response proves nothing later. Integrity and privacy
 * layers, and authentication again with a higher nonce count, are not offered. Java takes some responses
 * that the RFC forbids (any nonce count, directives without a value or without commas between them); they
 * are refused here, and no known client sends them.
 */
import { decodeUtf8, encodeUtf8 } from '../../jute/utf8.js'
import type { SaslExchange, SaslMechanism } from '../../seams/authenticator.js'
import type { Random } from '../../seams/random.js'
import { encodeBase64 } from '../base64.js'
import { isPrincipal } from '../sasl-scheme.js'
import { responseValue } from './digest-md5-response.js'
import { type Directives, parseDirectives } from './directives.js'

/** Who may log in by DIGEST-MD5, and the names that go into the digest. */
export interface DigestMd5Options {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>
  /** Password of the user `super`, in place of the one in `users`, which must name that user as well. */
  readonly superPassword?: string
  readonly random: Random
  /** First part of the digest-uri. */
  readonly protocol?: string
  /** Second part of the digest-uri, and the realm. */
  readonly serverName?: string
}

/** Longer tokens are refused unread, as by Java. */
const TOKEN_BYTES_MAX = 4096
const NONCE_BYTES = 30

/** The server's side of DIGEST-MD5 (RFC 2831), for qop auth, as Java's SASL speaks it. */
export function digestMd5(options: DigestMd5Options): SaslMechanism {
  const { random, protocol = 'zookeeper', serverName = 'zk-sasl-md5' } = options
  const passwords = new Map(Object.entries(options.users))
  if (passwords.has('super') && options.superPassword !== undefined) passwords.set('super', options.superPassword)
  const service: Service = { realm: serverName, digestUri: `${protocol}/${serverName}`, passwords }
  return { name: 'DIGEST-MD5', start: () => new DigestMd5Exchange(service, random) }
}

interface Service {
  readonly realm: string
  readonly digestUri: string
  readonly passwords: ReadonlyMap<string, string>
}

class DigestMd5Exchange implements SaslExchange {
  #nonce: Uint8Array | undefined
  #answered = false

  constructor(
    private readonly service: Service,
    private readonly random: Random,
  ) {}

  step(token: Uint8Array): ReturnType<SaslExchange['step']> {
    if (token.length > TOKEN_BYTES_MAX) return null
    if (this.#nonce === undefined) {
      // An initial response would ask for a shortcut that is not offered; the RFC has it answered like an empty token.
      const nonce = encodeBase64(this.random.bytes(NONCE_BYTES))
      this.#nonce = encodeUtf8(nonce)
      return { token: encodeUtf8(`realm="${this.service.realm}",nonce="${nonce}",charset=utf-8,algorithm=md5-sess`) }
    }
    if (this.#answered) return null
    this.#answered = true
    const verdict = verifyResponse(token, this.#nonce, this.service)
    if (verdict === null) return null
    return { token: encodeUtf8(`rspauth=${verdict.rspauth}`), done: { scheme: 'sasl', id: verdict.username } }
  }
}

/** Null if anything is missing, malformed or does not prove the password; there are no reasons for attackers to read. */
function verifyResponse(
  token: Uint8Array,
  nonce: Uint8Array,
  service: Service,
): { readonly username: string; readonly rspauth: string } | null {
  const directives = parseDirectives(token)
  if (directives === null || !fitsOffer(directives, nonce, service)) return null
  const name = directives.get('username')
  const cnonce = directives.get('cnonce')
  const digestUri = directives.get('digest-uri')
  const response = directives.get('response')
  if (name === undefined || cnonce === undefined || digestUri === undefined || response === undefined) return null
  const username = text(name)
  const password = service.passwords.get(username)
  // A name that is neither simple nor a principal could stand in no ACL.
  if (password === undefined || username === '' || !isPrincipal(username)) return null
  const { realm } = service
  const input = { username, realm, password, nonce, cnonce, digestUri, authzid: directives.get('authzid') }
  if (!sameBytes(response, encodeUtf8(responseValue(input, 'client')))) return null
  // Whom the client asks to act as (authzid) is hashed and then ignored: the proved name is the identity.
  // Apache falls back to it for a principal that no auth_to_local rule maps, so that k/h@R may become anybody.
  return { username, rspauth: responseValue(input, 'server') }
}

/** Whether the response stays within what the challenge offered. */
function fitsOffer(directives: Directives, nonce: Uint8Array, service: Service): boolean {
  const value = (name: string) => {
    const bytes = directives.get(name)
    return bytes === undefined ? undefined : text(bytes)
  }
  const sent = directives.get('nonce')
  return (
    sent !== undefined &&
    sameBytes(sent, nonce) &&
    value('realm') === service.realm &&
    value('digest-uri')?.toLowerCase() === service.digestUri.toLowerCase() &&
    (value('qop') ?? 'auth') === 'auth' &&
    (value('charset') ?? 'utf-8') === 'utf-8' &&
    /^[+]?0*1$/.test(value('nc') ?? '1') &&
    /^[0-9]{1,10}$/.test(value('maxbuf') ?? '65536')
  )
}

function text(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length)
}

/** In time that depends on the lengths only. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i]
  return difference === 0
}
