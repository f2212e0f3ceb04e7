/** Addresses as the `ip` scheme reads and writes them. */
import { parseJavaInt } from './java-text.js'

/** 4 or 16 bytes, or null for what is no address. A zone (`%eth0`) or an embedded IPv4 address is none. */
export function parseAddress(text: string): Uint8Array | null {
  if (text.includes(':')) return parseIpv6(text)
  if (text.includes('.')) return parseIpv4(text)
  return null
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const value = parseJavaInt(parts[i])
    if (value === null || value < 0 || value > 255) return null
    bytes[i] = value
  }
  return bytes
}

/** Eight groups of up to four hex digits; one `::` stands for one or more groups of zeros. */
function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(half => (half === '' ? [] : half.split(':')))
  const groups = head.length + (tail?.length ?? 0)
  if (tail === undefined ? groups !== 8 : groups >= 8) return null
  const bytes = new Uint8Array(16)
  if (!writeGroups(bytes, 0, head)) return null
  if (tail !== undefined && !writeGroups(bytes, 16 - 2 * tail.length, tail)) return null
  return bytes
}

function writeGroups(bytes: Uint8Array, offset: number, groups: readonly string[]): boolean {
  let at = offset
  for (const group of groups) {
    // Signs pass, as they do in Apache: refusing them here only would let two leaders disagree.
    const value = group.length > 4 ? null : parseJavaInt(group, 16)
    if (value === null) return false
    bytes[at++] = value >> 8
    bytes[at++] = value
  }
  return true
}

/**
 * An address as Java prints it, which is how it becomes an identity and how whoAmI shows it: IPv4-mapped
 * as plain IPv4, IPv6 as eight groups without leading zeros or `::`, a zone kept at the end. Text that is
 * no address comes back as it is.
 */
export function formatAddress(text: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)
  if (mapped !== null) return mapped[1]
  const percent = text.indexOf('%')
  const bytes = parseAddress(percent < 0 ? text : text.slice(0, percent))
  if (bytes === null || bytes.length === 4) return text
  if (isMapped(bytes)) return bytes.subarray(12).join('.')
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] << 8) | bytes[i + 1]).toString(16))
  return groups.join(':') + (percent < 0 ? '' : text.slice(percent))
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}
