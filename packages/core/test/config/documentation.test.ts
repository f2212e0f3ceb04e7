import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = new URL('../../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

t.test('docs/configuration.md is what the catalogue says', async t => {
  const script = fileURLToPath(new URL('scripts/configuration-doc.mjs', root))
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
})

t.test('docs/errors.md has a heading for every error code, and no other', async t => {
  const union = /export type ErrorCode =([^/]*?)\n\n/.exec(read('packages/core/src/errors.ts'))?.[1] ?? ''
  const codes = [...union.matchAll(/'(\w+)'/g)].map(match => match[1])
  const headings = [...read('docs/errors.md').matchAll(/^## (\w+)$/gm)].map(match => match[1])
  t.ok(codes.length > 10)
  t.strictSame(headings, [...codes].sort())
})
