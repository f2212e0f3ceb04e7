/**
 * Distinguished names as Java prints them (X500Principal.getName, RFC 2253): the id of a client under
 * the x509 scheme, which stands in ACLs and so has to be the same text to the letter.
 *
 * Node prints names in forms of its own, from which the original cannot be told any more (separators
 * inside values, encodings of unknown attributes), so the certificate's DER is read here.
 */

/** The attributes that RFC 2253 gives a short name; others show their object identifier. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

/** UTF8, Printable, Teletex, IA5, General and BMP strings: Java reads the bytes of all as UTF-8. */
const STRING_TAGS = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1e])
const OBJECT_IDENTIFIER = 0x06
const EXPLICIT_VERSION = 0xa0
const ESCAPED = new Set([',', '=', '+', '<', '>', '#', ';', '"', '\\'])

/** Subject and issuer of a certificate in DER. */
export function namesOf(certificate: Uint8Array): { subject: string; issuer: string } {
  const fields = children(children(element(certificate, 0))[0])
  // version (absent in version 1), serial number, signature algorithm, issuer, validity, subject
  const first = fields[0].tag === EXPLICIT_VERSION ? 1 : 0
  return { issuer: printName(fields[first + 2]), subject: printName(fields[first + 4]) }
}

function printName(name: Element): string {
  return children(name)
    .map(rdn => children(rdn).map(printAttribute).join('+'))
    .reverse()
    .join(',')
}

function printAttribute(attribute: Element): string {
  const [type, value] = children(attribute)
  const identifier = printIdentifier(type)
  const keyword = KEYWORDS[identifier]
  if (keyword === undefined || !STRING_TAGS.has(value.tag))
    return `${keyword ?? identifier}=#${Buffer.from(value.whole).toString('hex')}`
  return `${keyword}=${escapeValue(Buffer.from(value.body).toString('utf8'))}`
}

function escapeValue(text: string): string {
  let escaped = ''
  for (const character of text) {
    if (character === '\0') escaped += '\\00'
    else escaped += ESCAPED.has(character) ? `\\${character}` : character
  }
  return escaped.replace(/^[ \r]+|[ \r]+$/g, spaces => spaces.replace(/[ \r]/g, '\\$&'))
}

function printIdentifier(type: Element): string {
  if (type.tag !== OBJECT_IDENTIFIER) throw new Error('a distinguished name has an attribute without a type')
  const arcs: number[] = []
  let arc = 0
  for (const byte of type.body) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40))
      arcs.push(root, arc - root * 40)
    } else {
      arcs.push(arc)
    }
    arc = 0
  }
  return arcs.join('.')
}

interface Element {
  readonly tag: number
  readonly body: Uint8Array
  /** With tag and length. */
  readonly whole: Uint8Array
}

/** The DER element that starts at `at`. */
function element(der: Uint8Array, at: number): Element {
  const tag = der[at]
  let start = at + 2
  let length = der[at + 1]
  if (length >= 0x80) {
    const lengthBytes = length & 0x7f
    length = 0
    for (let n = 0; n < lengthBytes; n++) length = length * 256 + der[start++]
  }
  const end = start + length
  if (!(end <= der.length)) throw new Error(`a certificate's element at byte ${at} goes beyond its end`)
  return { tag, body: der.subarray(start, end), whole: der.subarray(at, end) }
}

function children(parent: Element): Element[] {
  const list: Element[] = []
  for (let at = 0; at < parent.body.length; ) {
    const child = element(parent.body, at)
    list.push(child)
    at += child.whole.length
  }
  return list
}
