import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { type Copies, copyOf } from '../dist/plugins/copies.js'

const NAME = '@menagerie/storage-rocksdb'

t.test('the copy in the bundle stands for the very package that it was made of', async t => {
  const folder = t.testdir()
  const put = (path: string, text: string): string => {
    const file = join(folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  const manifest = (version: string) => JSON.stringify({ version })
  const beside = put('beside/dist/index.js', '')
  put('beside/package.json', manifest('1.2.3'))
  const elsewhere = put('elsewhere/dist/index.js', '')
  put('elsewhere/package.json', manifest('1.2.3'))
  const url = (file: string) => pathToFileURL(file).href
  const copy = { version: '1.2.3', load: async () => ({}) }
  const copies: Copies = { plugins: { [NAME]: copy }, resolve: () => beside }

  t.equal(copyOf(NAME, url(beside), copies), copy)
  t.equal(copyOf(NAME, NAME, copies), copy, 'also where the folder of the configuration has no such package')
  t.equal(copyOf(NAME, url(elsewhere), copies), undefined, 'not for one that is installed elsewhere')
  t.equal(copyOf('@menagerie/transport-nats', url(beside), copies), undefined, 'not for one that has no copy')
  t.equal(copyOf('./mine.js', url(beside), copies), undefined)
  t.equal(copyOf('toString', url(beside), copies), undefined)
  const none = () => {
    throw new Error('there is none')
  }
  t.equal(copyOf(NAME, NAME, { ...copies, resolve: none }), undefined, 'not where none is installed')
  put('beside/package.json', manifest('1.2.4'))
  t.equal(copyOf(NAME, url(beside), copies), undefined, 'not for another version')
  put('beside/package.json', 'no JSON')
  t.equal(copyOf(NAME, url(beside), copies), undefined, 'not for one that is laid out in another way')
  t.equal(copyOf(NAME, NAME), undefined, 'and compiled files without a bundle have no copies')
})
