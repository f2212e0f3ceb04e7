import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const launcher = fileURLToPath(new URL('../bin/menagerie.js', import.meta.url))
const debian = fileURLToPath(new URL('../../core/test/config/fixtures/debian-zoo.cfg', import.meta.url))

function temporary(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-command-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function launch(cwd: string, ...args: string[]): ChildProcess {
  const env = { ...process.env, LOG_LEVEL: undefined }
  return spawn(process.execPath, [launcher, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs a command to its end. */
async function run(cwd: string, ...args: string[]) {
  const child = launch(cwd, ...args)
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')])
  return { out, err, code }
}

/** Starts a server and waits until it says how to connect. */
async function server(t: Test, cwd: string, ...args: string[]) {
  const child = launch(cwd, 'start', ...args)
  const exit = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  const out = text(child.stdout!)
  let err = ''
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr!.on('data', chunk => {
      err += chunk
      const found = /zkCli\.sh -server \S+:(\d+)\n/.exec(err)
      if (found) resolve(Number(found[1]))
    })
    exit.then(([code]) => reject(new Error(`exit code ${code}: ${err}`)))
  })
  return { child, port, exit, out, err: () => err }
}

async function word(port: number, name: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(name)
  return text(socket)
}

// Many processes are started, on machines that may be busy.
t.setTimeout(120_000)

t.test('menagerie', async t => {
  t.test('prints version and help', async t => {
    const cwd = temporary(t)
    const version = await run(cwd, '--version')
    t.match(version, { code: 0, err: '' })
    t.match(version.out, /^\d+\.\d+\.\d+\n$/)
    const help = await run(cwd, '--help')
    t.equal(help.code, 0)
    for (const command of ['start', 'check-config', 'Examples:']) t.match(help.out, command)
    t.match((await run(cwd, 'start', '--help')).out, /--data-dir <dir>/)
  })
  t.test('ends with 2 for a wrong command line', async t => {
    const cwd = temporary(t)
    const command = await run(cwd, 'strat')
    t.match(command, { code: 2, out: '' })
    t.match(command.err, /^menagerie: unknown command 'strat'\n\(Did you mean start\?\)\n/)
    t.match((await run(cwd, 'start', '--prot', '1')).err, /^menagerie: unknown option '--prot'/)
    t.match(await run(cwd, 'start', '--port', '99999'), { code: 2 })
    t.match(await run(cwd, 'start', '--log-level', 'loud'), { code: 2 })
    for (const [args, command] of [
      [['strat'], 'menagerie'],
      [['start', '--prot', '1'], 'menagerie start'],
      [['storage', 'copy'], 'menagerie storage copy'],
    ] as const) {
      const { code, err } = await run(cwd, ...args)
      t.equal(code, 2)
      t.match(err, `Run "${command} --help" for what there is.\n`)
    }
  })
})

t.test('check-config', async t => {
  t.test("shows what Debian's zoo.cfg comes to", async t => {
    const { code, out, err } = await run(temporary(t), 'check-config', debian)
    t.equal(err, '')
    t.equal(code, 0)
    t.match(out, `${debian}: a standalone server; no errors, no warnings\n`)
    t.match(out, / storage-file +LogStorage, Snapshotter +built in\n/)
    t.match(out, / transport-tcp +ClientListener +built in\n/)
    t.match(out, /\* tickTime +2000 +3000 +\S+debian-zoo\.cfg:2\n/)
    t.match(out, /\* dataDir +\/tmp\/zookeeper /)
    t.match(out, /\* clientPort +\*:2181 /)
    t.match(out, / minSessionTimeout +4000 +from tickTime\n/)
    t.match(out, / forceSync +true +default\n/)
  })
  t.test('prints JSON', async t => {
    const { code, out } = await run(temporary(t), 'check-config', '--json', debian)
    t.equal(code, 0)
    const { errors, warnings, values } = JSON.parse(out)
    t.strictSame([errors, warnings], [[], []])
    t.match(
      values.find(({ key }: { key: string }) => key === 'tickTime'),
      { value: 2000, default: 3000, differs: true, origin: { source: 'file', line: 2 } },
    )
  })
  t.test('names keys as the file does', async t => {
    const cwd = temporary(t)
    writeFileSync(join(cwd, 'my.yaml'), 'server: { tickTimeMs: 2000 }\n')
    const { code, out } = await run(cwd, 'check-config', 'my.yaml')
    t.equal(code, 0)
    t.match(out, / server\.minSessionTimeoutMs +4000 +from server\.tickTimeMs\n/)
  })
  t.test('ends with 1 and all errors', async t => {
    const cwd = temporary(t)
    writeFileSync(join(cwd, 'zoo.cfg'), 'tickTme=1\nclientPort=x\ndataDir=d\n')
    t.strictSame(await run(cwd, 'check-config', 'zoo.cfg'), {
      code: 1,
      out: '',
      err: `menagerie: the configuration has 2 errors:
  zoo.cfg:1: tickTme: unknown key; did you mean tickTime?
  zoo.cfg:2: clientPort: found "x", expected a port from 0 to 65535
`,
    })
    const json = await run(cwd, 'check-config', '--json', 'zoo.cfg')
    t.equal(json.code, 1)
    t.match(JSON.parse(json.out).errors, [
      { line: 1, key: 'tickTme' },
      { line: 2, key: 'clientPort' },
    ])
    t.match(await run(cwd, 'check-config', 'none.cfg'), { code: 1, err: 'menagerie: there is no file none.cfg\n' })
    writeFileSync(join(cwd, 'wide.cfg'), Buffer.from('\ufeffdataDir=d\r\nclientPort=2181\r\n', 'utf16le'))
    t.match(await run(cwd, 'check-config', 'wide.cfg'), {
      code: 1,
      err: 'menagerie: wide.cfg cannot be read: it is in UTF-16, expected UTF-8\n',
    })
    t.match(await run(cwd, 'check-config', '.'), { code: 1, err: 'menagerie: . cannot be read: it is a directory\n' })
  })
  t.test('shows no password of servers, in whichever form', async t => {
    const cwd = temporary(t)
    const servers = 'server: { id: 1 }\nensemble: { 1: { host: a }, 2: { host: b } }\n'
    const sasl = '{ learnerRequire: true, users: { zk: hush }, username: zk, password: hush }'
    writeFileSync(join(cwd, 'tcp.yaml'), `${servers}quorum: { observerPort: 2191, sasl: ${sasl} }\n`)
    const nats = '{ servers: "nats://me:hush@127.0.0.1:4222", user: me, password: hush }'
    writeFileSync(join(cwd, 'nats.yaml'), `${servers}plugins: [{ use: "@menagerie/transport-nats", with: ${nats} }]\n`)
    const keys = 'tickTime=2000\ninitLimit=5\nsyncLimit=2\ndataDir=d\nclientPort=0\nserver.1=a:1:2\nserver.2=b:1:2\n'
    const jaas = 'java.security.auth.login.config=jaas.conf\nquorum.auth.enableSasl=true\n'
    writeFileSync(join(cwd, 'zoo.cfg'), `${keys}${jaas}ssl.quorum.keyStore.password=hush\n`)
    const module = 'org.apache.zookeeper.server.auth.DigestLoginModule required'
    writeFileSync(
      join(cwd, 'jaas.conf'),
      `QuorumServer { ${module} user_zk="hush"; };\nQuorumLearner { ${module} username="zk" password="hush"; };\n`,
    )
    mkdirSync(join(cwd, 'd'))
    writeFileSync(join(cwd, 'd/myid'), '1')
    for (const file of ['tcp.yaml', 'nats.yaml', 'zoo.cfg']) {
      for (const form of [[], ['--json']]) {
        const { code, out, err } = await run(cwd, 'check-config', ...form, file)
        t.strictSame([code, err], [0, ''], file)
        t.notMatch(out, /hush/, `${file} ${form}`)
      }
    }
    t.match((await run(cwd, 'check-config', 'tcp.yaml')).out, /Between servers\n {2}observerMasterPort {2}2191\n/)
    const { ensemble } = JSON.parse((await run(cwd, 'check-config', '--json', 'tcp.yaml')).out)
    t.match(ensemble, { options: { observerMasterPort: 2191 }, sasl: { username: 'zk', users: ['zk'] } })
  })
  t.test('says which plugins would run, and where each is from', async t => {
    const cwd = temporary(t)
    writeFileSync(join(cwd, 'memory.yaml'), 'plugins: [{ use: "@menagerie/core/memory" }]\n')
    const { code, out } = await run(cwd, 'check-config', 'memory.yaml')
    t.equal(code, 0)
    t.match(out, / storage-memory +LogStorage, Snapshotter +@menagerie\/core\/memory\n/)
    t.match(out, / platform-node +Clock, Random, Crc32, Host +built in\n/)
    t.notMatch(out, 'storage-file')
    const { parts } = JSON.parse((await run(cwd, 'check-config', '--json', 'memory.yaml')).out)
    t.match(parts, [
      { seam: 'LogStorage', plugin: 'storage-memory', use: '@menagerie/core/memory' },
      { seam: 'Snapshotter', plugin: 'storage-memory', use: '@menagerie/core/memory' },
      { seam: 'ClientListener', plugin: 'transport-tcp' },
    ])
  })
  t.test('checks plugins as a start would', async t => {
    const cwd = temporary(t)
    const plugin = (name: string, core: string, provides = '[]') =>
      `export default { name: '${name}', core: '${core}', provides: ${provides}, register() {}, options: { safeParse: data => ({ success: true, data }) } }`
    writeFileSync(join(cwd, 'old.mjs'), plugin('old', '^9.0.0'))
    writeFileSync(join(cwd, 'old.yaml'), 'plugins: [{ use: ./old.mjs }]')
    const old = await run(cwd, 'check-config', 'old.yaml')
    t.equal(old.code, 1)
    t.match(
      old.err,
      /^menagerie: old\.yaml:1: plugins\.0\.use: the plugin "old" is made for version \^9\.0\.0 of @menagerie\/core, this is \d/,
    )
    const clock = "[Symbol.for('menagerie.Clock')]"
    writeFileSync(join(cwd, 'a.mjs'), plugin('a', '^0.1.0', clock))
    writeFileSync(join(cwd, 'b.mjs'), plugin('b', '^0.1.0', clock))
    writeFileSync(join(cwd, 'two.yaml'), 'plugins:\n  - use: ./a.mjs\n  - use: ./b.mjs\n')
    t.equal(
      (await run(cwd, 'check-config', 'two.yaml')).err,
      'menagerie: two.yaml:3: plugins.1.use: "./b.mjs" fills Clock, and so does "./a.mjs" (line 2); remove one of them\n',
    )
  })
  t.test('never shows a secret', async t => {
    const cwd = temporary(t)
    writeFileSync(
      join(cwd, 'jaas.conf'),
      'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob="hush"; };',
    )
    writeFileSync(
      join(cwd, 'zoo.cfg'),
      'dataDir=d\nclientPort=0\njaas.file=jaas.conf\nDigestAuthenticationProvider.superDigest=super:hush\nssl.quorum.keyStore.password=hush\n',
    )
    for (const args of [['zoo.cfg'], ['zoo.cfg', '--json']]) {
      const { code, out } = await run(cwd, 'check-config', ...args)
      t.equal(code, 0)
      t.match(out, 'bob')
      t.notMatch(out, 'hush')
    }
  })
})

t.test('start', async t => {
  t.test('serves, logs JSON and ends with 0 on SIGTERM', async t => {
    const cwd = temporary(t)
    const { child, port, exit, out, err } = await server(t, cwd, '--port', '0')
    t.match(err(), `  data     ${join(cwd, 'data')}\n`)
    t.match(await word(port, 'srvr'), /^Zookeeper version: /)
    child.kill('SIGTERM')
    t.strictSame(await exit, [0, null])
    for (const line of (await out).trim().split('\n')) t.match(JSON.parse(line), { msg: String })
  })
  t.test('takes a zoo.cfg and ends with 0 on SIGINT', async t => {
    const cwd = temporary(t)
    writeFileSync(join(cwd, 'zoo.cfg'), 'dataDir=here\nclientPort=0\nclientPortAddress=127.0.0.1\nmaxBatchSize=5\n')
    const { child, port, exit } = await server(t, cwd, 'zoo.cfg')
    t.match(await word(port, 'srvr'), /^Zookeeper version: /)
    child.kill('SIGINT')
    t.strictSame(await exit, [0, null])
  })
  t.test('does not take the data directory of a running server', async t => {
    const cwd = temporary(t)
    await server(t, cwd, '--port', '0')
    const second = await run(cwd, 'start', '--port', '0')
    t.equal(second.code, 1)
    t.match(
      second.err,
      /^menagerie: \S+ is in use by the server with process id \d+: stop that one, or give this one a folder of its own\n$/,
    )
  })
  t.test('names a plugin that throws, and says how to find out more', async t => {
    const cwd = temporary(t)
    const options = '{ safeParse: data => ({ success: true, data }) }'
    writeFileSync(
      join(cwd, 'adding.mjs'),
      `export default { name: 'adding', core: '^0.1.0', provides: [], options: ${options}, register() { throw new Error('no luck') } }`,
    )
    writeFileSync(join(cwd, 'adding.yaml'), 'plugins: [{ use: ./adding.mjs }]')
    const failed =
      'menagerie: adding.yaml:1: plugins.0.use: the plugin "adding" failed while it was added: no luck; check its options, and tell its author otherwise\n'
    for (const command of ['start', 'check-config']) {
      t.match(await run(cwd, command, 'adding.yaml'), { code: 1, err: failed })
    }
    const seam = "Symbol.for('menagerie.WatchDispatcher')"
    writeFileSync(
      join(cwd, 'starting.mjs'),
      `export default { name: 'starting', core: '^0.1.0', provides: [${seam}], options: ${options}, register(c) { c.register(${seam}, { useFactory() { throw new Error('out of luck') } }) } }`,
    )
    writeFileSync(
      join(cwd, 'starting.yaml'),
      'server: { clients: { listen: 127.0.0.1:0 } }\nplugins: [{ use: ./starting.mjs }]',
    )
    const { code, err } = await run(cwd, 'start', 'starting.yaml')
    t.equal(code, 1)
    t.match(
      err,
      /^menagerie: starting\.yaml:2: plugins\.0\.use: the plugin "starting" failed while it made its WatchDispatcher: out of luck\n$/,
    )
    t.match((await run(cwd, 'start', '--log-level', 'debug', 'starting.yaml')).err, /starting\.mjs/)
  })
  t.test('names a port that is in use', async t => {
    const taken = createServer().listen(0, '127.0.0.1')
    t.teardown(() => taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, err } = await run(temporary(t), 'start', '--port', String(port))
    t.equal(code, 1)
    t.match(err, new RegExp(`^menagerie: [^\\n]*${port}[^\\n]*\\n$`))
  })
  t.test('names the option that is empty', async t => {
    const empty = (option: string) => `menagerie: ${option}: found "", expected a text that is not empty`
    const { code, err } = await run(temporary(t), 'start', '--port', '0', '--host', '')
    t.equal(code, 1)
    t.match(err, empty('--host and --port'))
    t.match((await run(temporary(t), 'start', '--port', '0', '--data-dir', '')).err, empty('--data-dir'))
  })
  t.test('names a data directory that cannot be used', async t => {
    const cwd = temporary(t)
    writeFileSync(join(cwd, 'file'), '')
    const { code, err } = await run(cwd, 'start', '--port', '0', '--data-dir', join(cwd, 'file'))
    t.equal(code, 1)
    t.match(err, /^menagerie: [^\n]*file[^\n]*\n$/)
  })
})
