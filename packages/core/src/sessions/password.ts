import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeUtf8 } from '../jute/utf8.js'
import { highHalf, lowHalf } from '../tree/ephemeral-owner.js'

/** What Apache mixes into a session id to seed its password (ZooKeeperServer.superSecret). */
const SUPER_SECRET = 0xb3415c00
const MULTIPLIER_HIGH = 0x5de
const MULTIPLIER_LOW = 0xece66d
const HALF = 0x1000000

/**
 * The 16 bytes that prove a session is one's own: the output of `java.util.Random` seeded by the
 * session id, as Apache derives it, so that a session can move between servers of a mixed ensemble.
 * Anyone who knows the id can compute it.
 *
 * The generator's 48 bits of state are two halves of 24 bits, whose products fit a number.
 */
export function sessionPassword(id: bigint): Uint8Array {
  const seedLow32 = (lowHalf(id) ^ SUPER_SECRET) >>> 0
  const seedHigh16 = highHalf(id) & 0xffff
  // java.util.Random scrambles its seed with the multiplier 0x5DEECE66D.
  let low = (seedLow32 & 0xffffff) ^ MULTIPLIER_LOW
  let high = ((seedHigh16 << 8) | (seedLow32 >>> 24)) ^ MULTIPLIER_HIGH
  const password = new Uint8Array(16)
  for (let i = 0; i < 16; i += 4) {
    const product = low * MULTIPLIER_LOW + 0xb
    high = (Math.floor(product / HALF) + high * MULTIPLIER_LOW + low * MULTIPLIER_HIGH) % HALF
    low = product % HALF
    // The upper 32 bits of the state, least significant byte first.
    const next = ((high << 8) | (low >>> 16)) >>> 0
    password[i] = next
    password[i + 1] = next >>> 8
    password[i + 2] = next >>> 16
    password[i + 3] = next >>> 24
  }
  return password
}

/**
 * Passwords that only servers with the secret can compute: the first 16 bytes of HMAC-SHA256 over the session id.
 * An ensemble with a server of Apache cannot use them, since a session could not move to it.
 */
export function keyedPasswords(secret: string): (id: bigint) => Uint8Array {
  const key = encodeUtf8(secret)
  return id => {
    const message = new Uint8Array(8)
    new DataView(message.buffer).setBigInt64(0, id)
    return hmac(sha256, key, message).slice(0, 16)
  }
}

/** Compares in constant time. */
export function samePassword(a: Uint8Array, b: Uint8Array | null): boolean {
  if (b === null || a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i]
  return difference === 0
}
