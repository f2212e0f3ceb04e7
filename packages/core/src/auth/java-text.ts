/**
 * Where Apache's answer hangs on how Java's library reads text, these functions read it the same way:
 * which ACL ids are valid must not depend on which server of an ensemble happens to lead.
 */

/** `Integer.parseInt`: an optional sign, then digits of the radix; null for anything else or beyond 32 bits. */
export function parseJavaInt(text: string, radix: 10 | 16 = 10): number | null {
  if (!(radix === 10 ? /^[+-]?[0-9]+$/ : /^[+-]?[0-9a-fA-F]+$/).test(text)) return null
  const value = Number.parseInt(text, radix)
  return value >= -0x80000000 && value <= 0x7fffffff ? value : null
}

/** `text.split(separator)`: empty pieces at the end are dropped, those at the start and within are kept. */
export function splitDroppingEmptyTail(text: string, separator: string): string[] {
  const pieces = text.split(separator)
  // Without any separator Java returns the text itself, empty or not.
  if (pieces.length === 1) return pieces
  while (pieces.length > 0 && pieces[pieces.length - 1] === '') pieces.pop()
  return pieces
}

/** `String.hashCode`: over UTF-16 units, in signed 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
