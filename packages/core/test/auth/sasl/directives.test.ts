import t from 'tap'
import { parseDirectives } from '../../../dist/auth/index.js'
import { fromUtf8, utf8 } from '../support.js'

const parse = (text: string) => {
  const directives = parseDirectives(utf8(text))
  return directives && Object.fromEntries([...directives].map(([name, value]) => [name, fromUtf8(value)]))
}

t.test('reads bare and quoted values, names in any case', async t => {
  t.strictSame(parse('charset=utf-8,UserName="bob",nc=00000001'), { charset: 'utf-8', username: 'bob', nc: '00000001' })
  t.strictSame(parse('digest-uri=zookeeper/zk-sasl-md5'), { 'digest-uri': 'zookeeper/zk-sasl-md5' })
  t.strictSame(parse('a=""'), { a: '' })
  t.strictSame(parse('a=b='), { a: 'b=' })
})

t.test('quoted values hold commas, equals signs and, behind a backslash, anything', async t => {
  t.strictSame(parse('a="x,y=z",b="q\\"o\\\\te",c="\\n\\\n"'), { a: 'x,y=z', b: 'q"o\\te', c: 'n\n' })
  t.strictSame(parse('name="иван"'), { name: 'иван' })
})

t.test('blanks and empty elements around elements are skipped', async t => {
  t.strictSame(parse(' a = 1 ,\r\n\tb\t=\t"2" ,, '), { a: '1', b: '2' })
  t.strictSame(parse(''), {})
  t.strictSame(parse(',,'), {})
})

t.test('values keep bytes that are no UTF-8', async t => {
  t.strictSame(parseDirectives(Uint8Array.of(0x61, 0x3d, 0x22, 0xff, 0x00, 0x22))?.get('a'), Uint8Array.of(0xff, 0))
})

t.test('anything else is no list of directives', async t => {
  const wrong = ['garbage', '=x', 'a=', 'a=,b=1', 'a="', 'a="x', 'a="x\\', 'a="x"y', 'a=x"y"', 'a=1 b=2', 'a b=1']
  for (const text of [...wrong, 'a=1,a=2', 'a=1,A=2', 'a=1\0,b', '\0', 'ü=1', 'a=1,"b"=2']) {
    t.equal(parse(text), null, JSON.stringify(text))
  }
})

t.test('long input without an end is refused in one pass', async t => {
  t.equal(parse(`a="${'\\"'.repeat(2000)}`), null)
  t.equal(parse(`${' '.repeat(2000)}${'a'.repeat(2000)}`), null)
})
