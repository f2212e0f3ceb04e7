/** Packages that the command makes are compiled and tested as their owners would. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { newPlugin } from '../dist/commands/new-plugin.js'
import { plugins } from '../dist/commands/plugins.js'

t.setTimeout(300_000)

const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** A folder in which packages resolve as in this repository. */
function workplace(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-new-plugin-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function run(
  command: (io: { out(text: string): void; err(text: string): void; env: object }) => Promise<number>,
) {
  let out = ''
  let err = ''
  const io = {
    out(text: string) {
      out += text
    },
    err(text: string) {
      err += text
    },
    env: {},
  }
  const code = await command(io)
  return { code, out, err }
}

const make = (kind: string, name: string, folder: string) => run(io => newPlugin(kind, name, io as never, folder))

/** As "npm test" has it run, with this Node.js as `node`. */
const shell = (cwd: string, script: string) =>
  spawnSync(script, {
    cwd,
    encoding: 'utf8',
    shell: true,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
  })

const node = (cwd: string, ...args: string[]) => spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: {} })

t.test('new-plugin', async t => {
  for (const [kind, name, folderName] of [
    ['storage', 'my-backend', 'my-backend'],
    ['transport', '@acme/carrier.pigeon', 'carrier.pigeon'],
    ['watches', '2fast', '2fast'],
    ['authenticator', '@acme/token', 'token'],
  ] as const) {
    t.test(`makes a ${kind} that compiles and passes its kit`, async t => {
      const folder = workplace(t)
      const { code, out, err } = await make(kind, name, folder)
      t.match({ code, err }, { code: 0, err: '' })
      t.match(out, `Next:\n  cd ${folderName}\n  npm install\n  npm test\n`)
      const made = join(folder, folderName)
      const { scripts, name: written } = JSON.parse(readFileSync(join(made, 'package.json'), 'utf8'))
      t.equal(written, name)
      // A folder in the place of the files is taken for a module from Node.js 22 on.
      t.equal(scripts.test, 'tsc && node --test dist/test/*.test.js')
      const compiled = node(made, join(repository, 'node_modules/typescript/bin/tsc'))
      t.match(compiled, { status: 0, stdout: '' })
      const tested = shell(made, scripts.test.split(' && ')[1])
      t.equal(tested.status, 0, tested.stdout)
      t.match(tested.stdout, /^\S+ pass [1-9]\d*$/m)
      t.match(tested.stdout, /^\S+ fail 0$/m)
      t.ok(readFileSync(join(made, 'test/contract.test.ts'), 'utf8').split('\n').length <= 26, 'the test is short')

      const readme = readFileSync(join(made, 'README.md'), 'utf8')
      const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)![1]!
      writeFileSync(join(folder, 'menagerie.yaml'), yaml)
      const command = join(repository, 'packages/cli/bin/menagerie.js')
      const checked = node(folder, command, 'check-config', 'menagerie.yaml')
      t.match(checked, { status: 0, stderr: '' })
      t.match(checked.stdout, `${folderName}/dist/src/index.js`)
    })
  }
  t.test('refuses what cannot be', async t => {
    const folder = workplace(t)
    const wrong: [kind: string, name: string, message: string][] = [
      [
        'storge',
        'a',
        'menagerie: "storge" is no kind of plugin, expected storage, transport, watches, authenticator\n',
      ],
      [
        'constructor',
        'a',
        'menagerie: "constructor" is no kind of plugin, expected storage, transport, watches, authenticator\n',
      ],
      [
        'storage',
        'My Backend',
        'menagerie: "My Backend" cannot be the name of a package: expected lower case letters, digits and dashes\n',
      ],
      [
        'storage',
        '../up',
        'menagerie: "../up" cannot be the name of a package: expected lower case letters, digits and dashes\n',
      ],
    ]
    for (const [kind, name, err] of wrong) t.strictSame(await make(kind, name, folder), { code: 1, out: '', err })
    mkdirSync(join(folder, 'taken'))
    writeFileSync(join(folder, 'taken/file'), '')
    t.match(await make('storage', 'taken', folder), {
      code: 1,
      err: /taken is not empty; give the plugin another name/,
    })
  })
})

t.test('plugins', async t => {
  t.test('lists what is installed, with seams, versions, defaults and meanings', async t => {
    const { code, out } = await run(io => plugins({}, io as never, workplace(t)))
    t.equal(code, 0)
    t.match(out, /^@menagerie\/core\/memory \d+\.\d+\.\d+ {2}\(storage-memory: LogStorage, Snapshotter\)$/m)
    t.match(out, /^@menagerie\/storage-file \d+\.\d+\.\d+ {2}\(storage-file: LogStorage, Snapshotter\)$/m)
    t.match(out, /^@menagerie\/transport-tcp \d+\.\d+\.\d+ {2}\(transport-tcp: ClientListener\)$/m)
    t.match(out, /^@menagerie\/transport-tcp\/peers \d+\.\d+\.\d+ {2}\(transport-tcp-peers: PeerTransport\)$/m)
    t.match(out, /^ {2}path +string +required +Folder of the databases, which hold log, epochs and snapshots$/m)
    t.match(out, /^ {2}memtableMb +integer +0 +Size in MB /m)
    t.notMatch(out, / (?:required|-|\{\}) *$/m, 'no option is without a meaning')
    t.match(out, /^ {2}tls\.keyStore\.location +string +required +File with the private key/m)
  })
  t.test('finds packages that are installed where it is run, and says which cannot be loaded', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'menagerie-plugins-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const install = (name: string, manifest: object, code: string) => {
      const target = join(folder, 'node_modules', name)
      mkdirSync(target, { recursive: true })
      const dependencies = { '@menagerie/core': '^0.1.0' }
      writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version: '7.8.9', dependencies, ...manifest }))
      writeFileSync(join(target, 'index.mjs'), code)
    }
    const plugin = `{ name: 'mine', core: '^0.1.0', provides: [Symbol.for('menagerie.Metrics')], register() {}, options: z.strictObject({ a: z.number().default(4).describe('How many') }) }`
    symlinkSync(join(repository, 'node_modules/zod'), join(mkModules(folder), 'zod'))
    install('@acme/mine', { exports: './index.mjs' }, `import { z } from 'zod'\nexport default ${plugin}`)
    install('a-library', { main: 'index.mjs' }, 'export const nothing = 1')
    install('broken', { exports: './index.mjs' }, 'import "not-there"')
    install('throwing', { exports: './index.mjs' }, 'throw new Error("no licence")')
    install(
      'of-old',
      { exports: './index.mjs' },
      `import { z } from 'zod'\nexport default ${plugin.replace('^0.1.0', '^9.0.0').replace('mine', 'old')}`,
    )
    install('unrelated', { exports: './index.mjs', dependencies: {} }, 'throw new Error("loaded")')
    const { code, out, err } = await run(io => plugins({ json: true }, io as never, folder))
    t.equal(code, 1)
    const found = JSON.parse(out) as { use: string }[]
    t.strictSame(
      found.find(({ use }) => use === '@acme/mine'),
      {
        use: '@acme/mine',
        version: '7.8.9',
        name: 'mine',
        seams: ['Metrics'],
        core: '^0.1.0',
        options: [{ name: 'a', type: 'number', required: false, default: 4, meaning: 'How many' }],
      },
    )
    t.notOk(found.some(({ use }) => use === 'a-library'))
    t.match(err, /^menagerie: broken cannot be loaded: Cannot find package 'not-there'/m)
    t.match(err, /^menagerie: throwing cannot be loaded: no licence \(.*throwing\/index\.mjs:1\)$/m)
    t.match(err, /^menagerie: of-old is made for version \^9\.0\.0 of @menagerie\/core, this is /m)
    t.notMatch(err, 'unrelated')
  })
})

function mkModules(folder: string): string {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  return join(folder, 'node_modules')
}
