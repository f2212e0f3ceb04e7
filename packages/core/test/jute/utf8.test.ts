import t from 'tap'
import { decodeUtf8, encodeUtf8, encodeUtf8Into, utf8Length } from '../../dist/jute/utf8.js'
import { Seeded } from '../seeded.js'

/** As Java does, which writes a question mark for a lone surrogate where a Buffer writes U+FFFD. */
const javaBytes = (text: string) => Buffer.from(text.replaceAll(/\p{Surrogate}/gu, '?'), 'utf8')

/** As Java does, which makes one U+FFFD of a surrogate that is encoded by itself, where a Buffer makes one of each byte. */
const javaText = (bytes: Uint8Array) =>
  Buffer.from(
    Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/\xed[\xa0-\xbf][\x80-\xbf]?/g, '\xef\xbf\xbd'),
    'latin1',
  ).toString('utf8')

t.test('bytes decode as Java decodes them, malformed ones too', async t => {
  const leads = [
    0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff,
  ]
  const random = new Seeded(1)
  for (let i = 0; i < 20_000; i++) {
    const bytes = new Uint8Array(random.below(24))
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.chance(3) ? random.below(256) : random.pick(leads)
    const start = bytes.length === 0 ? 0 : random.below(bytes.length)
    const end = start + random.below(bytes.length - start + 1)
    const expected = javaText(bytes.subarray(start, end))
    const found = decodeUtf8(bytes, start, end)
    if (found !== expected) return t.equal(found, expected, Buffer.from(bytes.subarray(start, end)).toString('hex'))
  }
})

t.test('each code point survives encoding and decoding', async t => {
  for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 97) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const text = `a${String.fromCodePoint(point)}z`
    const bytes = encodeUtf8(text)
    if (Buffer.compare(bytes, Buffer.from(text)) !== 0 || decodeUtf8(bytes, 0, bytes.length) !== text) {
      return t.fail(`U+${point.toString(16)}`)
    }
  }
})

t.test('random text encodes as Node encodes it, a lone surrogate as a question mark', async t => {
  const units = [0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffe]
  const random = new Seeded(2)
  for (let i = 0; i < 20_000; i++) {
    let text = ''
    for (let length = random.below(20); length > 0; length--) text += String.fromCharCode(random.pick(units))
    const expected = javaBytes(text)
    const bytes = encodeUtf8(text)
    if (Buffer.compare(bytes, expected) !== 0) {
      return t.equal(Buffer.from(bytes).toString('hex'), expected.toString('hex'), JSON.stringify(text))
    }
    if (utf8Length(text) !== expected.length) return t.fail(`length of ${JSON.stringify(text)}`)
  }
})

t.test('text is written at an offset, and nothing around it', async t => {
  const target = new Uint8Array(8).fill(9)
  t.equal(encodeUtf8Into('aü', target, 2), 5)
  t.strictSame([...target], [9, 9, 0x61, 0xc3, 0xbc, 9, 9, 9])
})
