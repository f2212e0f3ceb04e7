/**
 * Which texts are X.500 names, as Java's X500Principal sees it: the rule for ids of the `x509` scheme.
 *
 * Java reads more than RFC 2253 allows (`;` between parts, blanks around them, quoted values) and knows few
 * attribute names. Refusing what it takes would make an ACL valid or not by the server that leads.
 *
 * One difference is left: Java loses count at an escaped backslash just before `,`, `;` or `+` and then reads
 * on past the separator; here the separator separates.
 */

const KEYWORDS = new Set(
  (
    'CN C L S ST O OU T IP STREET DC DNQUALIFIER DNQ SURNAME GIVENNAME INITIALS GENERATION EMAIL EMAILADDRESS UID ' +
    'SERIALNUMBER'
  ).split(' '),
)

const ESCAPE = /\\(?:[0-9a-fA-F]{2}|[,+<>#;="\\ \n])/y
const PLAIN = /[^,;+<>"\\]/y
const QUOTED_ESCAPE = /\\(?:[0-9a-fA-F]{2}|[,+<>#;="\\\n])/y
const QUOTED_PLAIN = /[^"\\]/y

/** The empty name counts. */
export function isDistinguishedName(text: string): boolean {
  if (text === '') return true
  let at = 0
  for (;;) {
    const end = attributeEnd(text, at)
    if (end < 0) return false
    if (end === text.length) return true
    at = end + 1 // behind `,`, `;` or `+`
  }
}

/** Where the `keyword=value` that starts at `start` ends, or -1 if there is none. */
function attributeEnd(text: string, start: number): number {
  const equals = text.indexOf('=', start)
  if (equals < 0 || !isKeyword(text.slice(start, equals).trim())) return -1
  let at = skipBlanks(text, equals + 1)
  if (text[at] === '"') {
    at = repeat(text, at + 1, QUOTED_PLAIN, QUOTED_ESCAPE)
    if (text[at] !== '"') return -1
    at = skipBlanks(text, at + 1)
  } else if (text[at] === '#') {
    const hex = /[^,;+]*/y
    hex.lastIndex = at + 1
    const digits = hex.exec(text)?.[0] ?? ''
    if (!isDer(digits)) return -1
    at += 1 + digits.length
  } else {
    at = repeat(text, at, PLAIN, ESCAPE)
  }
  return at === text.length || ',;+'.includes(text[at]) ? at : -1
}

function isKeyword(name: string): boolean {
  const upper = name.toUpperCase()
  if (KEYWORDS.has(upper)) return true
  return isObjectIdentifier(upper.startsWith('OID.') ? upper.slice(4) : upper)
}

/** At least two numbers; the first is 0, 1 or 2, and below 2 the second is less than 40. */
function isObjectIdentifier(text: string): boolean {
  if (!/^[0-9]+(?:\.[0-9]+)+$/.test(text)) return false
  const [first, second] = text.split('.').map(Number)
  return first <= 2 && (first === 2 || second < 40)
}

/** Hex digits of one value in DER: tag, length, and as many bytes as the length says. */
function isDer(hex: string): boolean {
  if (!/^(?:[0-9a-fA-F]{2}){2,}$/.test(hex)) return false
  const byte = (i: number) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  const size = hex.length / 2
  const first = byte(1)
  if (first < 0x80) return size === 2 + first
  const octets = first & 0x7f
  // Indefinite lengths, and lengths written longer than needed, are BER and not DER.
  if (octets === 0 || octets > 4 || size < 2 + octets || byte(2) === 0) return false
  let length = 0
  for (let i = 0; i < octets; i++) length = length * 256 + byte(2 + i)
  return length >= 0x80 && size === 2 + octets + length
}

function repeat(text: string, start: number, plain: RegExp, escaped: RegExp): number {
  let at = start
  for (;;) {
    const step = text[at] === '\\' ? escaped : plain
    step.lastIndex = at
    if (!step.test(text)) return at
    at = step.lastIndex
  }
}

function skipBlanks(text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\n') at++
  return at
}
