/**
 * UTF-8 without a platform: the kernel compiles without Node's or the browser's globals.
 *
 * Decoding replaces malformed input by U+FFFD, as Java's `new String(bytes, UTF_8)` does for Apache: a surrogate that
 * is encoded by itself, as clients in Java send characters outside the basic plane, becomes a single one.
 * ASCII, which nearly every path is, is decoded eight characters at a time.
 */
const fromCharCode = String.fromCharCode

/** The text of `bytes` from `start` up to `end`; what is no UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let i = start
  for (; i + 8 <= end; i += 8) {
    const a = bytes[i]
    const b = bytes[i + 1]
    const c = bytes[i + 2]
    const d = bytes[i + 3]
    const e = bytes[i + 4]
    const f = bytes[i + 5]
    const g = bytes[i + 6]
    const h = bytes[i + 7]
    if ((a | b | c | d | e | f | g | h) & 0x80) return text + decodeGeneral(bytes, i, end)
    text += fromCharCode(a, b, c, d, e, f, g, h)
  }
  for (; i < end; i++) {
    const a = bytes[i]
    if (a & 0x80) return text + decodeGeneral(bytes, i, end)
    text += fromCharCode(a)
  }
  return text
}

function decodeGeneral(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let i = start
  while (i < end) {
    const lead = bytes[i++]
    if (lead < 0x80) {
      text += fromCharCode(lead)
      continue
    }
    // The number of continuation bytes and the range of the first one (Unicode, table 3-7).
    let more = 0
    let low = 0x80
    let high = 0xbf
    let point = 0
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1
      point = lead & 0x1f
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2
      point = lead & 0x0f
      if (lead === 0xe0) low = 0xa0
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3
      point = lead & 0x07
      if (lead === 0xf0) low = 0x90
      if (lead === 0xf4) high = 0x8f
    } else {
      text += '\ufffd'
      continue
    }
    let complete = true
    for (; more > 0; more--) {
      const next = i < end ? bytes[i] : 0
      if (next < low || next > high) {
        complete = false
        break
      }
      point = (point << 6) | (next & 0x3f)
      i++
      low = 0x80
      high = 0xbf
    }
    text += complete && !isSurrogate(point) ? String.fromCodePoint(point) : '\ufffd'
  }
  return text
}

/** The number of bytes that {@link encodeUtf8Into} writes. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes++
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2 // two units, four bytes
      i++
    } else bytes += isSurrogate(unit) ? 0 : 2
  }
  return bytes
}

/** Writes `text` at `offset` and returns the offset after it. A lone surrogate becomes `?`, as in Java. */
export function encodeUtf8Into(text: string, target: Uint8Array, offset: number): number {
  let at = offset
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i)
    if (unit < 0x80) {
      target[at++] = unit
      continue
    }
    if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
      continue
    }
    if (isSurrogate(unit)) {
      const low = text.charCodeAt(i + 1)
      if (!isHighSurrogate(unit) || !isLowSurrogate(low)) {
        target[at++] = 0x3f
        continue
      }
      i++
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
      target[at++] = 0xf0 | (unit >> 18)
      target[at++] = 0x80 | ((unit >> 12) & 0x3f)
    } else {
      target[at++] = 0xe0 | (unit >> 12)
    }
    target[at++] = 0x80 | ((unit >> 6) & 0x3f)
    target[at++] = 0x80 | (unit & 0x3f)
  }
  return at
}

/** The text as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  encodeUtf8Into(text, bytes, 0)
  return bytes
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
