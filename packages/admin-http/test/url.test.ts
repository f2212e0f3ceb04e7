import t from 'tap'
import { parseAdminUrl } from '../dist/admin/url.js'

const parse = (text: string) => {
  const url = parseAdminUrl(text, '/commands')
  return typeof url === 'object' ? [url.command, Object.fromEntries(url.parameters)] : url
}

t.test('commands are what is below the path of the commands', async t => {
  t.strictSame(parse('/commands/stat'), ['stat', {}])
  t.strictSame(parse('/commands'), ['', {}])
  t.strictSame(parse('/commands/'), ['', {}])
  t.strictSame(parse('/commands/a/b'), ['a/b', {}])
  t.strictSame(parse('/commands/ru%6Fk'), ['ruok', {}])
  t.strictSame(parse('http://elsewhere:1/commands/ruok'), ['ruok', {}])
})

t.test('of a parameter that is given twice the first value counts, as with Apache', async t => {
  t.strictSame(parse('/commands/stmk?traceMask=1&traceMask=2&x='), ['stmk', { traceMask: '1', x: '' }])
})

t.test('other paths are not commands', async t => {
  for (const text of ['/', '/commandsx', '/Commands/stat', '/x/commands/stat', '/commands/../stat'])
    t.equal(parse(text), undefined, text)
})

t.test('what no URL can be made of is malformed', async t => {
  for (const text of ['/commands/%', '/commands/%ff', 'http://[']) t.equal(parse(text), 'malformed', text)
})
