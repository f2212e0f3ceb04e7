import t from 'tap'
import { JsonNumber, jsonText } from '../dist/admin/json-text.js'

t.test('an answer is laid out as Apache lays it out', async t => {
  const answer = { a: 1, list: [], map: {}, nested: { b: 'x', c: [1, 2] }, objects: [{ d: true }], error: null }
  t.equal(
    jsonText(answer),
    [
      '{',
      '  "a" : 1,',
      '  "list" : [ ],',
      '  "map" : { },',
      '  "nested" : {',
      '    "b" : "x",',
      '    "c" : [ 1, 2 ]',
      '  },',
      '  "objects" : [ {',
      '    "d" : true',
      '  } ],',
      '  "error" : null',
      '}',
    ].join('\n'),
  )
})

t.test('64 bits keep every digit, and a Java double its decimal point', async t => {
  t.equal(
    jsonText([-9223372036854775808n, 117684146919964673n, new JsonNumber('0.0')]),
    '[ -9223372036854775808, 117684146919964673, 0.0 ]',
  )
})

t.test('maps have keys of any kind, and names of znodes are escaped', async t => {
  t.equal(jsonText(new Map([[5n, ['/a"\n']]])), '{\n  "5" : [ "/a\\"\\n" ]\n}')
  t.same(JSON.parse(jsonText({ 'k"\u0000': '\u2028' })), { 'k"\u0000': '\u2028' })
})

t.test('what is undefined is left out', async t => {
  t.equal(jsonText({ a: undefined, b: 1 }), '{\n  "b" : 1\n}')
})
