import t from 'tap'
import { readProperties } from '../../dist/config/properties.js'

const entries = (text: string) => readProperties(text).entries.map(({ key, value, line }) => [key, value, line])

t.test('properties', async t => {
  t.test('takes =, : and blanks between key and value', async t => {
    t.strictSame(entries('a=1\nb:2\nc 3\nd\t4\ne = 5\nf : 6\n  g   7'), [
      ['a', '1', 1],
      ['b', '2', 2],
      ['c', '3', 3],
      ['d', '4', 4],
      ['e', '5', 5],
      ['f', '6', 6],
      ['g', '7', 7],
    ])
  })
  t.test('takes only the first separator', async t => {
    t.strictSame(entries('a==1\nb=:2\nc : = 3\nserver.1=h:1:2;3'), [
      ['a', '=1', 1],
      ['b', ':2', 2],
      ['c', '= 3', 3],
      ['server.1', 'h:1:2;3', 4],
    ])
  })
  t.test('keeps blanks at the end of a value', async t => {
    t.strictSame(entries('a=1 \t'), [['a', '1 \t', 1]])
  })
  t.test('takes a key without value', async t => {
    t.strictSame(entries('a\nb=\n=c'), [
      ['a', '', 1],
      ['b', '', 2],
      ['', 'c', 3],
    ])
  })
  t.test('leaves out comments and blank lines', async t => {
    t.strictSame(entries('# a=1\n! b=2\n  # c=3\n\n \t\f\nd=4 # not a comment'), [['d', '4 # not a comment', 6]])
  })
  t.test('ends lines at LF, CR and CRLF', async t => {
    t.strictSame(entries('a=1\r\nb=2\rc=3\n'), [
      ['a', '1', 1],
      ['b', '2', 2],
      ['c', '3', 3],
    ])
  })
  t.test('joins lines that end in an odd number of backslashes, without the indent', async t => {
    t.strictSame(entries('a=1,\\\n   2,\\\r\n\t3\nb=4\\\\\nc=5'), [
      ['a', '1,2,3', 1],
      ['b', '4\\', 4],
      ['c', '5', 5],
    ])
  })
  t.test('takes # at the start of a continued line for itself', async t => {
    t.strictSame(entries('a=1\\\n#2'), [['a', '1#2', 1]])
  })
  t.test('ends a continued line at a blank one', async t => {
    t.strictSame(entries('a=1\\\n\nb=2'), [
      ['a', '1', 1],
      ['b', '2', 3],
    ])
  })
  t.test('drops a backslash at the end of the text', async t => {
    t.strictSame(entries('a=1\\'), [['a', '1', 1]])
    t.strictSame(entries('a=1\\\n'), [['a', '1', 1]])
  })
  t.test('does not continue a comment', async t => {
    t.strictSame(entries('# a \\\nb=1'), [['b', '1', 2]])
  })
  t.test('knows the escapes of Java', async t => {
    t.strictSame(entries('a\\ b\\==1\nc=\\t\\n\\r\\f\\u00e9\\\\\\z\\"'), [
      ['a b=', '1', 1],
      ['c', '\t\n\r\f\u00e9\\z"', 2],
    ])
  })
  t.test('reports \\u without four digits, and reads on', async t => {
    t.strictSame(readProperties('a=\\u12\nb=2'), {
      entries: [{ key: 'b', value: '2', line: 2 }],
      problems: [{ line: 1, message: '\\u is not followed by four hexadecimal digits' }],
    })
  })
})
