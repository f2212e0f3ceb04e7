/**
 * The `name=value` lists of DIGEST-MD5 (RFC 2831, section 7.1): `charset=utf-8,username="bob",nc=00000001`.
 *
 * Values are bytes, since some of them go into the hash as they came. Inside, each byte is one character.
 */

/** Names in lower case. */
export type Directives = ReadonlyMap<string, Uint8Array>

const SPACE = '[ \\t\\r\\n]*'
const NAME = "([!#$%&'*+\\-.^_`|~0-9A-Za-z]+)"
const QUOTED = '"((?:[^"\\\\]|\\\\[^])*)"'
// Wider than the grammar's token: clients leave the quotes out of digest-uri, and Java lets them.
const BARE = '([^ \\t\\r\\n,"]+)'
const ELEMENT = new RegExp(`${SPACE}(?:${NAME}${SPACE}=${SPACE}(?:${QUOTED}|${BARE})${SPACE})?(,|$)`, 'y')

/** Null if the bytes are no such list, or name something twice. Empty elements are allowed, as in HTTP. */
export function parseDirectives(bytes: Uint8Array): Directives | null {
  const text = toBinaryText(bytes)
  const directives = new Map<string, Uint8Array>()
  for (let at = 0; ; ) {
    ELEMENT.lastIndex = at
    const element = ELEMENT.exec(text)
    if (element === null) return null
    const [all, name, quoted, bare, separator] = element
    if (name !== undefined) {
      const key = name.toLowerCase()
      if (directives.has(key)) return null
      directives.set(key, fromBinaryText(quoted === undefined ? bare : quoted.replace(/\\(.)/gs, '$1')))
    }
    if (separator === '') return directives
    at += all.length
  }
}

function toBinaryText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function fromBinaryText(text: string): Uint8Array {
  return Uint8Array.from(text, unit => unit.charCodeAt(0))
}
