/** The `digest` scheme: user and password in an auth packet, `user:base64(hash(user:password))` in ACLs. */
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { MenagerieError } from '../errors.js'
import { decodeUtf8, encodeUtf8 } from '../jute/utf8.js'
import type { Authenticator, Identity } from '../seams/authenticator.js'
import { encodeBase64 } from './base64.js'
import { SUPER_SCHEME } from './identities.js'
import { splitDroppingEmptyTail } from './java-text.js'

type Hash = (bytes: Uint8Array) => Uint8Array

/** The names that Java gives these hashes, in capitals: letters' case does not matter. */
const ALGORITHMS: ReadonlyMap<string, Hash> = new Map<string, Hash>([
  ['MD5', md5],
  ['SHA', sha1],
  ['SHA1', sha1],
  ['SHA-1', sha1],
  ['SHA224', sha224],
  ['SHA-224', sha224],
  ['SHA256', sha256],
  ['SHA-256', sha256],
  ['SHA384', sha384],
  ['SHA-384', sha384],
  ['SHA512', sha512],
  ['SHA-512', sha512],
  ['SHA-512/224', sha512_224],
  ['SHA-512/256', sha512_256],
  ['SHA3-224', sha3_224],
  ['SHA3-256', sha3_256],
  ['SHA3-384', sha3_384],
  ['SHA3-512', sha3_512],
])

export interface DigestOptions {
  /** Java's name of the hash, SHA1 by default. Every server of an ensemble needs the same. */
  readonly algorithm?: string
  /** `user:base64(hash(user:password))` of whoever may do everything. */
  readonly superDigest?: string
}

/** @throws CONFIG_INVALID for a hash that is not known. */
export function digestAuthenticator(options: DigestOptions = {}): Authenticator {
  const hash = findHash(options.algorithm ?? 'SHA1')
  return {
    scheme: 'digest',
    isAuthenticated: true,
    /** Everybody is believed to be whom they can name a password for: there is no list of users. */
    authenticate(credential) {
      if (credential === null) return null
      const id = digestOf(decodeUtf8(credential, 0, credential.length), hash)
      const proved: Identity[] = [{ scheme: 'digest', id }]
      if (id === options.superDigest) proved.unshift({ scheme: SUPER_SCHEME, id: '' })
      return proved
    },
    matches: (identity, aclId) => identity === aclId,
    isValid: aclId => splitDroppingEmptyTail(aclId, ':').length === 2,
    userName: id => splitDroppingEmptyTail(id, ':')[0] ?? '',
  }
}

/** The ACL id for `user:password`, as zkCli users and `superDigest` need it. @throws CONFIG_INVALID as above. */
export function generateDigest(userAndPassword: string, algorithm = 'SHA1'): string {
  return digestOf(userAndPassword, findHash(algorithm))
}

function digestOf(userAndPassword: string, hash: Hash): string {
  const colon = userAndPassword.indexOf(':')
  const user = colon < 0 ? userAndPassword : userAndPassword.slice(0, colon)
  return `${user}:${encodeBase64(hash(encodeUtf8(userAndPassword)))}`
}

function findHash(algorithm: string): Hash {
  const hash = ALGORITHMS.get(algorithm.toUpperCase())
  if (hash !== undefined) return hash
  throw new MenagerieError(
    'CONFIG_INVALID',
    `DigestAuthenticationProvider.digestAlg is "${algorithm}", expected one of ${[...ALGORITHMS.keys()].join(', ')}`,
  )
}
