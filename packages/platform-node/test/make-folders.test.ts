import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '@menagerie/platform-node'
import t from 'tap'

t.test('what is missing is made from the top, and told folder by folder', async t => {
  const root = t.testdir()
  const made: string[] = []
  await makeFolders(join(root, 'a/b/c'), async folder => {
    t.ok(statSync(folder).isDirectory())
    made.push(folder)
  })
  t.strictSame(made, [join(root, 'a'), join(root, 'a/b'), join(root, 'a/b/c')])
  await makeFolders(join(root, 'a/b/c'), async folder => void t.fail(`${folder} was there`))
})

t.test('two may make the same folders at once', async t => {
  const root = t.testdir()
  await Promise.all([1, 2, 3, 4].map(() => makeFolders(join(root, 'a/b/c/d'))))
  t.ok(existsSync(join(root, 'a/b/c/d')))
})

t.test('what cannot be made is an error, and never waited for', async t => {
  const root = t.testdir()
  writeFileSync(join(root, 'file'), '')
  await t.rejects(makeFolders(join(root, 'file/below')), { code: 'ENOTDIR' })
  if (process.platform === 'linux') await t.rejects(makeFolders('/proc/menagerie/data'), { code: 'ENOENT' })
})
