/**
 * gtmk and stmk: Apache's mask of what is traced. Menagerie traces by its logger's level alone, so there
 * is nothing to mask: gtmk tells Apache's default, and stmk repeats the mask that it was given (8 bytes
 * behind the word) without effect.
 */
export const DEFAULT_TRACE_MASK = 306

export function gtmk(): string {
  return String(DEFAULT_TRACE_MASK)
}

/** Nothing where fewer than 8 bytes followed the word. */
export function stmk(_source: unknown, rest: Uint8Array): string {
  if (rest.length < 8) return ''
  return String(new DataView(rest.buffer, rest.byteOffset, 8).getBigInt64(0))
}
