/** Curator's way of making a created znode recognisable: `_c_<uuid>-<name>`. */
import type { Random } from '@menagerie/core'

const PREFIX = '_c_'
const PROTECTED_NAME = /^_c_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-/i

/** A random UUID (version 4) in its usual form. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** What the name of a protected znode begins with: 3 + 36 + 1 characters. */
export function protectionPrefix(uuid: string): string {
  return `${PREFIX}${uuid}-`
}

/** A znode's name without the protection, if it has one: `_c_<uuid>-lock-0000000001` becomes `lock-0000000001`. */
export function withoutProtection(name: string): string {
  return name.replace(PROTECTED_NAME, '')
}
