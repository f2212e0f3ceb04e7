/** docs/writing-a-plugin.md, followed from an empty folder. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@menagerie/client'
import t from 'tap'
import { runChild, startChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { untilServing } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

t.setTimeout(300_000)

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const page = readFileSync(join(repository, 'docs/writing-a-plugin.md'), 'utf8')
const command = join(repository, 'packages/cli/bin/menagerie.js')

/** The code blocks of the page, by the path that their first line names. */
function files(): Map<string, string> {
  const blocks = page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)
  return new Map([...blocks].map(([, path, code]) => [path!, code!]))
}

const yaml = /```yaml\n([\s\S]*?)```/.exec(page)![1]!

/** What the section gives `npx menagerie` to do, line by line. */
function commandsOf(heading: string): string[][] {
  const [section] = page.slice(page.indexOf(heading)).split(/\n## /)
  return [...section!.matchAll(/^npx menagerie (.*)$/gm)].map(([, args]) => args!.split(' '))
}

t.test('the code of the page is that of the example', async t => {
  t.strictSame([...files().keys()].sort(), [
    'src/index.ts',
    'src/log.ts',
    'src/snapshotter.ts',
    'test/contract.test.ts',
  ])
  for (const [path, code] of files()) {
    t.equal(code, readFileSync(join(repository, 'examples/storage-lmdb', path), 'utf8'), path)
  }
})

t.test('following the page leads to a server on LMDB', async t => {
  const folder = tempDir('plugin')
  t.teardown(() => removeDir(folder))
  // What "npm install" would bring.
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  const menagerie = (...args: string[]) => runChild(process.execPath, [command, ...args], { cwd: folder })
  const made = join(folder, 'storage-lmdb')
  t.match(await menagerie(...commandsOf('## 1. Begin')[0]!), { code: 0 })
  for (const [path, code] of files()) {
    mkdirSync(dirname(join(made, path)), { recursive: true })
    writeFileSync(join(made, path), code)
  }
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  t.match(await runChild(process.execPath, [tsc], { cwd: made }), { code: 0, stdout: '' })
  const env = { ...process.env, NODE_OPTIONS: '' }
  const tested = await runChild(process.execPath, ['--test', '--test-reporter=tap', 'dist/test/contract.test.js'], {
    cwd: made,
    env,
  })
  t.equal(tested.code, 0, tested.stdout)
  t.match(tested.stdout, /^# pass 4\d$/m)

  writeFileSync(join(folder, 'menagerie.yaml'), yaml)
  const [check, start] = commandsOf('## 6. Use it')
  t.match(await menagerie(...check!), { code: 0, stderr: '' })
  const port = await freePort()
  const server = startChild(process.execPath, [command, ...start!, '--port', String(port)], { cwd: folder })
  t.teardown(() => server.end('SIGKILL'))
  await untilServing(port, server)
  const client = await connect(`127.0.0.1:${port}`)
  await client.create('/written', null)
  await client.close()
  await server.end('SIGTERM')

  const outputs: string[] = []
  for (const args of commandsOf('## 6. Use it').filter(([first]) => first === 'storage')) {
    const { code, stdout, stderr } = await menagerie(...args)
    t.match({ code, stderr }, { code: 0, stderr: '' }, args.join(' '))
    outputs.push(stdout)
  }
  t.equal(outputs.length, 3)
  t.match(outputs[2], /^ {2}\/written +1 +0 B$/m)
})

t.test('the messages that the page explains are those of the code', async t => {
  const sources = [
    'packages/cli/src/plugins/seats.ts',
    'packages/cli/src/plugins/load-plugin.ts',
    'packages/cli/src/plugins/plugin-shape.ts',
    'packages/cli/src/plugins/why-not-loaded.ts',
    'packages/cli/src/plugins/at-its-place.ts',
    'packages/core/src/plugins/blame.ts',
    'packages/core/src/plugins/blamed.ts',
    'packages/core/src/plugins/compose.ts',
  ].map(path => readFileSync(join(repository, path), 'utf8'))
  const section = page.slice(page.indexOf('## When it does not start'))
  const messages = [...section.matchAll(/^\| `(.*?)` \|/gm)].map(([, message]) => message!)
  t.equal(messages.length, 15)
  for (const message of messages) {
    // Words between the parts that vary.
    const words = message.split(/"\w"|\bY\b|\^9\.0\.0|\(.*?\)|: \.\.\.|\bx\b|\by\?|LogStorage|Snapshotter|open(?=\()/)
    for (const part of words.map(word => word.trim()).filter(word => word.length > 8)) {
      t.ok(
        sources.some(source => source.includes(part)),
        part,
      )
    }
  }
})
