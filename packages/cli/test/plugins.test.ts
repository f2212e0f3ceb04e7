import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CLIENT_LISTENER,
  ConfigError,
  definePlugin,
  describeProblem,
  LOG_STORAGE,
  PEER_TRANSPORT,
  type PluginUse,
  SNAPSHOTTER,
  WATCH_DISPATCHER,
} from '@menagerie/core'
import t from 'tap'
import { z } from 'zod'
import { defaultConfig } from '../dist/config/load.js'
import { readYaml } from '../dist/config/yaml.js'
import { compose } from '../dist/plugins/compose.js'
import { loadPlugin } from '../dist/plugins/load-plugin.js'

const plugin = (name: string, provides: unknown[] = []) =>
  definePlugin({
    name,
    core: '^0.1.0',
    provides: provides as [],
    options: z.strictObject({ path: z.string().optional(), size: z.number().optional() }),
    register() {},
  })

const using = (use: string): PluginUse => {
  const origin = { source: 'file', file: 'my.yaml', line: 3, key: 'plugins.0.use' } as const
  return { use, with: {}, origin, locate: () => origin }
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'nothing failed'
}

t.test('loading plugins', async t => {
  t.test('finds the one plugin that a module exports', async t => {
    const mine = plugin('mine')
    t.equal(await loadPlugin(using('mine'), async () => ({ other: 1, mine, default: mine })), mine)
  })
  t.test('takes the default one of several', async t => {
    const [a, b] = [plugin('a'), plugin('b')]
    t.equal(await loadPlugin(using('two'), async () => ({ a, b, default: b })), b)
    t.equal(
      await failure(loadPlugin(using('two'), async () => ({ a, b }))),
      'my.yaml:3: plugins.0.use: "two" exports 2 plugins (a, b), expected one, or one by default',
    )
  })
  t.test('says what is wrong with a module, with its place in the file', async t => {
    t.equal(
      await failure(loadPlugin(using('not-installed-anywhere'))),
      'my.yaml:3: plugins.0.use: there is no package "not-installed-anywhere": npm install not-installed-anywhere',
    )
    t.equal(
      await failure(loadPlugin(using('./nowhere.js'))),
      `my.yaml:3: plugins.0.use: there is no file "./nowhere.js", seen from the folder of this configuration, ${process.cwd()}`,
    )
    const folder = mkdtempSync(join(tmpdir(), 'menagerie-plugins-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const origin = { source: 'file', file: join(folder, 'my.yaml'), line: 3, key: 'plugins.0.use' } as const
    const beside = (use: string): PluginUse => ({ use, with: {}, origin, locate: () => origin })
    mkdirSync(join(folder, 'mine'))
    t.match(
      await failure(loadPlugin(beside('./mine'))),
      '"./mine" is a folder, expected the file of a plugin, such as ./mine/dist/src/index.js',
    )
    writeFileSync(join(folder, 'mine.ts'), 'export default {}')
    t.match(
      await failure(
        loadPlugin(beside('./mine.ts'), async () => {
          throw Object.assign(new TypeError('Unknown file extension ".ts"'), { code: 'ERR_UNKNOWN_FILE_EXTENSION' })
        }),
      ),
      '"./mine.ts" is TypeScript, which this version of Node.js does not run: compile it, and name the .js file',
    )
    writeFileSync(
      join(folder, 'mine.cjs'),
      "module.exports = { name: 'mine', core: '^0.1.0', provides: [], options: { safeParse() {} }, register() {} }",
    )
    t.equal((await loadPlugin(beside('./mine.cjs'))).name, 'mine', 'CommonJS is as good, from the folder of the file')
    t.match(
      await failure(loadPlugin(using('zod'))),
      'my.yaml:3: plugins.0.use: "zod" exports no plugin, expected one made by definePlugin (it exports ',
    )
    t.match(
      await failure(
        loadPlugin(using('broken'), async () => {
          throw new SyntaxError('Unexpected token')
        }),
      ),
      /^my\.yaml:3: plugins\.0\.use: "broken" cannot be loaded: Unexpected token \(.*plugins\.test\.[jt]s:\d+\)$/,
    )
  })
})

t.test('composing', async t => {
  const log = plugin('my-log', [LOG_STORAGE, SNAPSHOTTER])
  const listener = plugin('my-listener', [CLIENT_LISTENER])
  const storage = plugin('storage-file', [LOG_STORAGE])
  const tcp = definePlugin({
    name: 'transport-tcp',
    core: '^0.1.0',
    provides: [CLIENT_LISTENER],
    options: z.strictObject({ listen: z.array(z.unknown()), backlog: z.number().optional() }),
    register() {},
  })
  const modules: Record<string, unknown> = {
    'my-log': log,
    'my-listener': listener,
    '@menagerie/storage-file': storage,
    '@menagerie/transport-tcp': tcp,
  }
  const load = async (specifier: string) => {
    const name = Object.keys(modules).find(known => specifier.includes(known.replace('@menagerie/', '')))
    return { default: modules[name ?? ''] }
  }

  t.test('adds file storage and TCP listener', async t => {
    const files = definePlugin({
      name: 'storage-file',
      core: '^0.1.0',
      provides: [LOG_STORAGE],
      options: z.strictObject({ dataDir: z.string() }),
      register() {},
    })
    const { plugins } = await compose(defaultConfig(), async specifier => ({
      default: specifier.includes('storage') ? files : tcp,
    }))
    t.strictSame(
      plugins.map(({ plugin, options }) => [plugin.name, options]),
      [
        ['storage-file', { dataDir: './data' }],
        ['transport-tcp', { listen: [{ host: '127.0.0.1', port: 2181 }] }],
      ],
    )
  })
  t.test('leaves out what a named plugin provides', async t => {
    const config = readYaml('my.yaml', 'plugins: [{ use: my-log, with: { path: x } }]')
    const { plugins, fileStorage, tcpListener } = await compose(config, load)
    t.strictSame(
      plugins.map(({ plugin }) => plugin.name),
      ['my-log', 'transport-tcp'],
    )
    t.strictSame([fileStorage, tcpListener], [false, true])
  })
  t.test('reports wrong options with their lines', async t => {
    const config = readYaml('my.yaml', 'plugins:\n  - use: my-log\n    with:\n      pth: x\n      size: big\n')
    t.equal(
      await failure(compose(config, load)),
      [
        'my.yaml:5: plugins.0.with.size: found "big", expected number (option of my-log)',
        'my.yaml:4: plugins.0.with.pth: unknown option; did you mean path? (option of my-log)',
      ].join('\n'),
    )
  })
  t.test('reports wrong options of the listener where they stand', async t => {
    const config = readYaml('my.yaml', 'plugins: [{ use: my-log }]\nserver:\n  clients:\n    backlg: 1\n')
    t.equal(
      await failure(compose(config, load)),
      'my.yaml:4: server.clients.backlg: unknown option; did you mean backlog? (option of transport-tcp)',
    )
  })
  t.test('gives a named listener what it takes of server.clients, and says what it does not take', async t => {
    const own = definePlugin({
      name: 'own-listener',
      core: '^0.1.0',
      provides: [CLIENT_LISTENER],
      options: z.strictObject({ socket: z.string().default('/run/x'), backlog: z.number().optional() }),
      register() {},
    })
    const of = (clients: string) =>
      compose(
        readYaml('my.yaml', `server: ${clients}\nplugins: [{ use: own }, { use: my-log }]\n`),
        async specifier => ({
          default: specifier === 'own' ? own : (await load(specifier)).default,
        }),
      )
    const options = async (composition: ReturnType<typeof of>) =>
      (await composition).plugins.find(({ plugin }) => plugin.name === 'own-listener')?.options
    t.strictSame(await options(of('{}')), {}, 'the address of a file without one is for whom it means something')
    t.strictSame(await options(of('{ clients: { backlog: 5 } }')), { backlog: 5 })
    t.equal(
      await failure(of('{ clients: { listen: 2181 } }')),
      'my.yaml:1: server.clients.listen: "own" takes no such option (option of own-listener)',
    )
    t.equal(
      await failure(of('{ clients: { backlg: 5 } }')),
      'my.yaml:1: server.clients.backlg: unknown option; did you mean backlog? (option of own-listener)',
    )
    t.equal(
      await failure(of('{ clients: { backlog: many } }')),
      'my.yaml:1: server.clients.backlog: found "many", expected number (option of own-listener)',
    )
  })
  t.test('warns of a way to other servers where there are none', async t => {
    const transport = plugin('carrier', [PEER_TRANSPORT])
    const of = async (more: string) => {
      const config = readYaml('my.yaml', `plugins: [{ use: carrier }, { use: my-log }]\n${more}`)
      const composition = await compose(config, async specifier => ({
        default: specifier === 'carrier' ? transport : (await load(specifier)).default,
      }))
      return composition.warnings.map(describeProblem)
    }
    t.strictSame(await of(''), [
      'my.yaml:1: plugins.0.use: "carrier" is for servers among each other, and this one is alone: list the servers below ensemble',
    ])
  })
  t.test('reports a package that is not there, and one that lacks another', async t => {
    const config = readYaml('my.yaml', 'plugins:\n  - use: "@nobody/nothing"\n')
    t.equal(
      await failure(compose(config)),
      'my.yaml:2: plugins.0.use: there is no package "@nobody/nothing": npm install @nobody/nothing',
    )
    const folder = mkdtempSync(join(tmpdir(), 'menagerie-plugins-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'lacking.mjs'), "import '@nobody/peer'\n")
    const file = join(folder, 'my.yaml')
    t.match(
      await failure(compose(readYaml(file, 'plugins: [{ use: ./lacking.mjs }]'))),
      `${file}:1: plugins.0.use: "./lacking.mjs" cannot be loaded: Cannot find package '@nobody/peer' imported from ${join(folder, 'lacking.mjs')}: npm install @nobody/peer`,
    )
  })
  t.test('reports seams that nobody asks for, that are filled twice, and halves of a storage', async t => {
    const seat = (name: string, ...provides: unknown[]) => ({ [name]: plugin(name, provides) })
    const others: Record<string, unknown> = {
      ...seat('a-log', LOG_STORAGE),
      ...seat('b-log', LOG_STORAGE),
      ...seat('snapshots', SNAPSHOTTER),
      ...seat('misspelt', Symbol.for('menagerie.LogStorag')),
      ...seat('own-token', Symbol('mine'), WATCH_DISPATCHER),
      ...seat('wordless'),
    }
    const composing = (...names: string[]) => {
      const config = readYaml('my.yaml', `plugins:\n${names.map(name => `  - use: ${name}\n`).join('')}`)
      return failure(
        compose(config, async specifier => ({ default: others[specifier] ?? (await load(specifier)).default })),
      )
    }
    t.equal(
      await composing('misspelt'),
      'my.yaml:2: plugins.0.use: "misspelt" fills LogStorag, which no server asks for: expected one of the seams AuditLog, Authenticator, ClientListener, Clock, Crc32, Host, LogStorage, Logger, Metrics, MonitorEndpoint, PeerTransport, Random, SaslMechanism, Snapshotter, WatchDispatcher, ZnodeStore',
    )
    t.equal(
      await composing('a-log', 'snapshots', 'b-log'),
      'my.yaml:4: plugins.2.use: "b-log" fills LogStorage, and so does "a-log" (line 2); remove one of them',
    )
    t.equal(
      await composing('a-log'),
      'my.yaml:2: plugins.0.use: "a-log" fills LogStorage and nothing fills Snapshotter; add a plugin that does, or use one for both',
    )
    t.match(await composing('snapshots'), '"snapshots" fills Snapshotter and nothing fills LogStorage')
    t.equal(await composing('a-log', 'snapshots', 'own-token', 'wordless'), 'nothing failed')
  })
})

t.test('what a YAML says of the way between servers', async t => {
  const file = 'my.yaml'
  const servers = 'server: { id: 1 }\nensemble: { 1: { host: a }, 2: { host: b } }\n'
  const nats = '@menagerie/transport-nats'
  const tcp = '@menagerie/transport-tcp/peers'
  const of = (quorum: string, use?: string, options = '{}') => {
    const plugins = use === undefined ? '' : `plugins: [{ use: "${use}", with: ${options} }]\n`
    return compose(readYaml(file, `${servers}${plugins}quorum:\n  ${quorum}\n`))
  }
  const optionsOf = async (composition: ReturnType<typeof compose>, name: string) =>
    (await composition).plugins.find(({ plugin }) => plugin.provides.includes(PEER_TRANSPORT) && plugin.name === name)
      ?.options
  const name = 'transport-tcp-peers'

  t.test('goes to the transport, whether the file names it or not', async t => {
    t.match(await optionsOf(of('observerPort: 2191'), name), { observerPort: 2191 })
    t.match(await optionsOf(of('observerPort: 2191', tcp, '{ connectTimeoutMs: 1000 }'), name), {
      observerPort: 2191,
      connectTimeoutMs: 1000,
    })
    t.match(await optionsOf(of('sasl: { users: { zk: a } }', tcp), name), { sasl: { users: { zk: 'a' } } })
  })
  t.test('is refused where the transport has no such thing, with a sentence', async t => {
    t.equal(
      await failure(of('observerPort: 2191', nats)),
      `my.yaml:5: quorum.observerPort: has no meaning with "${nats}": observers go to the leader over it. It is for ${tcp}`,
    )
    t.equal(
      await failure(of('sasl: { users: { zk: a } }', nats)),
      `my.yaml:5: quorum.sasl: has no meaning with "${nats}": who may be a peer is for it to say. It is for ${tcp}`,
    )
    t.ok(await of('oracle: ./alone', nats), 'the oracle is the same over any transport')
  })
  t.test('is not an option of the transport where the server has to know of it too', async t => {
    t.equal(
      await failure(of('oracle: ./alone', tcp, '{ observerPort: 2191 }')),
      'my.yaml:3: plugins.0.with.observerPort: belongs below quorum, since the server has to know of it as well',
    )
  })
})
