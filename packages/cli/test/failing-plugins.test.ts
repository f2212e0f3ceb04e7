/** Plugins that cannot be used: each gets one sentence with its place, from `check-config` and `start` alike, and code 1. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// Many processes are started, on machines that may be busy.
t.setTimeout(300_000)

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const launcher = join(repository, 'packages/cli/bin/menagerie.js')
const folder = mkdtempSync(join(tmpdir(), 'menagerie-failing-'))
t.teardown(() => rmSync(folder, { recursive: true }))
symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
const config = join(folder, 'my.yaml')
const at = `menagerie: ${config}:4: plugins.0.use: `

function write(path: string, content: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), content)
  return `./${path}`
}

/** A module whose plugin `mine` has these parts in the place of the usual ones. */
const plugin = (parts: string, before = '') => `import * as core from '@menagerie/core'
import { z } from 'zod'
${before}
const usual = { name: 'mine', core: '^0.1.0', provides: [], options: z.strictObject({}), register() {} }
export default core.definePlugin({ ...usual, ${parts} })
`

/** A storage that works but for these parts of its log. */
const storage = (log: string) =>
  plugin(
    `provides: [core.LOG_STORAGE, core.SNAPSHOTTER],
    register(container) {
      container.register(core.LOG_STORAGE, { useFactory: () => Object.assign(new core.MemoryLog(), { ${log} }) })
      container.register(core.SNAPSHOTTER, { useFactory: () => new core.MemorySnapshotter() })
    }`,
  )

function using(use: string, more = ''): void {
  writeFileSync(config, `server:\n  clients: { listen: "127.0.0.1:0" }\nplugins:\n  - use: "${use}"\n${more}`)
}

function launch(command: string): ChildProcess {
  // Loaders that a test runner brings along change messages and keep the process alive.
  const env = { ...process.env, LOG_LEVEL: 'warn', NODE_OPTIONS: '' }
  return spawn(process.execPath, [launcher, command, config], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(command: string) {
  const child = launch(command)
  const [err, , [code]] = await Promise.all([text(child.stderr!), text(child.stdout!), once(child, 'exit')])
  return { code, err }
}

t.test('a plugin that cannot be loaded', async t => {
  write('a-folder/other.mjs', '')
  write('a-package/package.json', '{ "exports": { ".": { "import": "./lib/index.js" } } }')
  write('to-compile/package.json', '{}')
  write('plain.mjs', 'export const a = 1')
  const cases: [use: string, message: string | RegExp][] = [
    [
      '@menagerie/storage-rockdb',
      'there is no package "@menagerie/storage-rockdb"; did you mean @menagerie/storage-rocksdb?\n',
    ],
    ['storage-file', 'there is no package "storage-file"; did you mean @menagerie/storage-file?\n'],
    [
      '@menagerie/transport-tcp/peer',
      'there is no package "@menagerie/transport-tcp/peer"; did you mean @menagerie/transport-tcp/peers?\n',
    ],
    [
      '@menagerie/storage-file/inside',
      /^there is nothing at "@menagerie\/storage-file\/inside": the package @menagerie\/storage-file has no such entry; "menagerie plugins" lists what there is\n$/,
    ],
    ['@nobody/nothing-like-it', 'there is no package "@nobody/nothing-like-it": npm install @nobody/nothing-like-it\n'],
    ['plain.mjs', 'there is no package "plain.mjs", but such a file: write it as a path, "./plain.mjs"\n'],
    ['two words', '"two words" is neither the name of a package nor a path, which begins with ./ or /\n'],
    [
      'https://example.com/x.js',
      '"https://example.com/x.js" is neither the name of a package nor a path, which begins with ./ or /\n',
    ],
    ['node:fs', '"node:fs" is a part of Node.js and no plugin\n'],
    ['./nowhere.mjs', `there is no file "./nowhere.mjs", seen from the folder of this configuration, ${folder}\n`],
    ['/nowhere/at/all.mjs', 'there is no file "/nowhere/at/all.mjs"\n'],
    [
      './plain.mjs/inside.js',
      `there is no file "./plain.mjs/inside.js", seen from the folder of this configuration, ${folder}\n`,
    ],
    [
      './to-compile/dist/src/index.js',
      /there is no file .*; if it is still to be compiled: npm run build in \.\/to-compile\n$/,
    ],
    ['./a-folder', '"./a-folder" is a folder, expected the file of a plugin, such as ./a-folder/dist/src/index.js\n'],
    ['./a-package', '"./a-package" is a folder, expected the file of a plugin, here ./a-package/lib/index.js\n'],
    [
      write('syntax.mjs', '\nexport default {{{\n'),
      `"./syntax.mjs" cannot be loaded: Unexpected token '{' (${join(folder, 'syntax.mjs')}:2)\n`,
    ],
    [
      write('rejects.mjs', "\n\nawait Promise.reject(new Error('no licence'))"),
      `"./rejects.mjs" cannot be loaded: no licence (${join(folder, 'rejects.mjs')}:3)\n`,
    ],
    [write('text.mjs', "throw 'a text'"), '"./text.mjs" cannot be loaded: it threw "a text", which is no Error\n'],
    [
      write('nothing.mjs', 'throw undefined'),
      '"./nothing.mjs" cannot be loaded: it threw undefined, which is no Error\n',
    ],
    [
      write('never.mjs', 'await new Promise(() => {})'),
      '"./never.mjs" cannot be loaded: waited in vain for it to load: what is awaited can never come\n',
    ],
    [
      write('lacking.mjs', "import '@nobody/peer'"),
      `"./lacking.mjs" cannot be loaded: Cannot find package '@nobody/peer' imported from ${join(folder, 'lacking.mjs')}: npm install @nobody/peer\n`,
    ],
  ]
  for (const [use, message] of cases) {
    using(use)
    const { code, err } = await run('check-config')
    t.equal(code, 1, use)
    t.equal(err.slice(0, at.length), at)
    t.match(err.slice(at.length), message)
  }
})

t.test('a module without a plugin', async t => {
  const sentence = 'exports no plugin, expected one made by definePlugin'
  const cases: [use: string, more: string][] = [
    [write('empty.mjs', ''), ' (it exports nothing)'],
    [write('others.mjs', 'export const a = 1; export const b = 2'), ' (it exports a, b)'],
    [write('function.mjs', 'export default function plugin() {}'), ' (it exports default)'],
    [
      write('common.cjs', "module.exports = { name: 'mine', provides: [] }"),
      ' (its default lacks core, options, register)',
    ],
    [write('half.mjs', plugin('options: undefined')), ' (its default lacks options)'],
    [write('promise.mjs', 'export default Promise.resolve({})'), ' (its default export is a promise: await it)'],
  ]
  for (const [use, more] of cases) {
    using(use)
    t.strictSame(await run('check-config'), { code: 1, err: `${at}"${use}" ${sentence}${more}\n` })
  }
})

t.test('a plugin that does not fit, from check-config and start alike', async t => {
  const cases: [use: string, message: string][] = [
    [
      write('old.mjs', plugin("core: '^9.0.0'")),
      'the plugin "mine" is made for version ^9.0.0 of @menagerie/core, this is 0.1.0: install versions of both that go together\n',
    ],
    [
      write('odd.mjs', plugin("core: '>=0.1'")),
      'the plugin "mine" names the versions of @menagerie/core that it works with in a way that is not read: found core: ">=0.1", expected one such as "^0.1.0"\n',
    ],
    [
      write('idle.mjs', plugin('provides: [core.METRICS]')),
      'the plugin "mine" says that it provides Metrics, and registers nothing for it; tell its author\n',
    ],
    [
      write('throws.mjs', plugin("register() { throw new TypeError('no such thing') }")),
      'the plugin "mine" failed while it was added: no such thing; check its options, and tell its author otherwise\n',
    ],
  ]
  for (const [use, message] of cases) {
    using(use)
    for (const command of ['check-config', 'start']) t.strictSame(await run(command), { code: 1, err: at + message })
  }
})

t.test('a plugin that fails while the server starts', async t => {
  const cases: [use: string, err: string][] = [
    [
      write(
        'factory.mjs',
        plugin(
          "provides: [core.METRICS], register(c) { c.register(core.METRICS, { useFactory: () => { throw new Error('no counter') } }) }",
        ),
      ),
      `${at}the plugin "mine" failed while it made its Metrics: no counter\n`,
    ],
    [
      write('opens.mjs', storage("open: async () => { throw new Error('no table') }")),
      `${at}the plugin "mine" failed while its log was opened: no table\n`,
    ],
    [
      write(
        'refused.mjs',
        storage(
          "open: async () => { throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' }) }",
        ),
      ),
      `${at}the plugin "mine" failed while its log was opened: connect ECONNREFUSED 10.0.0.1:5432\n`,
    ],
    [
      write('method.mjs', storage('open: undefined')),
      `${at}the plugin "mine" lacks the method open() of its seam; tell its author\n`,
    ],
    [
      write('hangs.mjs', storage('open: () => new Promise(() => {})')),
      'menagerie: waited in vain for the plugins (mine, transport-tcp) to start: what is awaited can never come\n',
    ],
  ]
  for (const [use, err] of cases) {
    using(use)
    t.strictSame(await run('start'), { code: 1, err })
  }
})

t.test('a plugin that fails while the server stops ends with 1', async t => {
  using(write('closes.mjs', storage("close: async () => { throw new Error('still busy') }")))
  const child = launch('start')
  t.teardown(() => child.kill('SIGKILL'))
  let err = ''
  child.stderr!.on('data', chunk => {
    err += chunk
    if (String(chunk).includes('connect ')) child.kill('SIGTERM')
  })
  const [code] = await once(child, 'exit')
  t.equal(code, 1)
  t.match(err, `${at}the plugin "mine" failed while its log was closed: still busy\n`)
})

t.test('a second signal ends at once what a plugin goes on closing', async t => {
  using(
    write('lingers.mjs', storage("close: () => new Promise(() => setInterval(() => console.error('closing'), 100))")),
  )
  const child = launch('start')
  t.teardown(() => child.kill('SIGKILL'))
  child.stderr!.on('data', chunk => {
    if (String(chunk).includes('connect ')) child.kill('SIGTERM')
    if (String(chunk).includes('closing')) child.kill('SIGINT')
  })
  const [code] = await once(child, 'exit')
  t.equal(code, 128 + 2)
})

t.test('an error that nothing handles ends the process with a sentence, and what a report needs', async t => {
  using(write('later.mjs', plugin("register() { Promise.reject(new Error('nobody waits for this')) }")))
  for (const command of ['check-config', 'start']) {
    const { code, err } = await run(command)
    t.equal(code, 1)
    t.match(
      err,
      /^menagerie: nothing has handled an error, and the process ends: nobody waits for this\. .*\n +at .*later\.mjs:/,
    )
  }
})
