import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { connect } from '@menagerie/client'
import t, { type Test } from 'tap'

const launcher = fileURLToPath(new URL('../bin/menagerie.js', import.meta.url))
const PROMETHEUS = 'metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider'

/** A zoo.cfg of a server on free ports, in a folder of its own. */
function zooCfg(t: Test, ...lines: string[]): { cwd: string; file: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'menagerie-monitoring-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  const own = [`dataDir=${join(cwd, 'data')}`, 'clientPort=0', 'clientPortAddress=127.0.0.1']
  writeFileSync(join(cwd, 'zoo.cfg'), `${[...own, ...lines].join('\n')}\n`)
  return { cwd, file: join(cwd, 'zoo.cfg') }
}

function launch(cwd: string, ...args: string[]): ChildProcess {
  const env = { ...process.env, LOG_LEVEL: undefined }
  return spawn(process.execPath, [launcher, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Starts a server, waits until it says how to connect, and gives the lines of its log until then. */
async function started(t: Test, { cwd, file }: { cwd: string; file: string }) {
  const child = launch(cwd, 'start', file)
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  let out = ''
  let err = ''
  child.stdout!.on('data', chunk => (out += chunk))
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr!.on('data', chunk => {
      err += chunk
      const found = /zkCli\.sh -server \S+:(\d+)\n/.exec(err)
      if (found) resolve(Number(found[1]))
    })
    exit.then(([code]) => reject(new Error(`exit code ${code}: ${err}${out}`)))
  })
  const lines = () =>
    out
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as { level: number; msg: string; port?: number; logger?: string })
  const portOf = (what: string) => lines().find(({ msg }) => msg === `${what} answers`)?.port
  const stop = async () => {
    child.kill('SIGTERM')
    await exit
  }
  return { port, lines, portOf, stop }
}

t.test('a zoo.cfg serves commands and metrics over HTTP, and keeps an audit log', async t => {
  const config = zooCfg(
    t,
    'admin.serverAddress=127.0.0.1',
    'admin.serverPort=0',
    PROMETHEUS,
    'metricsProvider.httpHost=127.0.0.1',
    'metricsProvider.httpPort=0',
    'audit.enable=true',
    'audit.file=logs/audit.log',
    'DigestAuthenticationProvider.superDigest=super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
  )
  const { port, portOf, stop } = await started(t, config)
  const client = await connect(`127.0.0.1:${port}`)
  await client.create('/watched')
  await client.close()

  const admin = `http://127.0.0.1:${portOf('the AdminServer')}/commands`
  t.match(await (await fetch(`${admin}/stats`)).json(), { command: 'stats', error: null, node_count: 6 })
  t.match(await (await fetch(`${admin}/environment`)).json(), { 'java.version': /^Node\.js v/, 'user.dir': config.cwd })
  const shown = await (await fetch(`${admin}/initial_configuration`)).text()
  t.match(shown, 'superDigest=(set, not shown)')
  t.notMatch(shown, 'D/InIHSb7yEEbrWz8b9l71RjZJU=')
  const metrics = await (await fetch(`http://127.0.0.1:${portOf('the metrics endpoint')}/metrics`)).text()
  t.match(metrics, /^znode_count 6$/m)
  t.match(metrics, /^process_resident_memory_bytes \d+$/m)

  await stop()
  const audit = readFileSync(join(config.cwd, 'logs', 'audit.log'), 'utf8')
  const operations = [
    ...audit.matchAll(/^\d{4}-\d\d-\d\d [\d:]+,\d{3} INFO audit\.Slf4jAuditLogger: .*operation=(\S+).*result=(\S+)$/gm),
  ]
  t.strictSame(
    operations.map(([, operation, result]) => `${operation} ${result}`),
    ['serverStart success', 'create success', 'serverStop invoked'],
  )
})

t.test('without a file of its own the audit log is in the log', async t => {
  const { port, lines, stop } = await started(t, zooCfg(t, 'admin.enableServer=false', 'audit.enable=true'))
  const client = await connect(`127.0.0.1:${port}`)
  await client.create('/watched')
  await client.close()
  await stop()
  const audit = lines().filter(({ logger }) => logger === 'audit.Slf4jAuditLogger')
  t.match(
    audit.map(({ msg }) => msg),
    [
      /operation=serverStart\tresult=success$/,
      /ip=127\.0\.0\.1\toperation=create\tznode=\/watched\t/,
      /operation=serverStop/,
    ],
  )
  t.notOk(lines().some(({ msg }) => msg.includes('AdminServer')))
})

t.test('several servers on one machine serve, though one has the port of the AdminServer', async t => {
  const first = await started(t, zooCfg(t, 'admin.serverAddress=127.0.0.1', 'admin.serverPort=0'))
  const taken = `admin.serverPort=${first.portOf('the AdminServer')}`
  const second = await started(t, zooCfg(t, 'admin.serverAddress=127.0.0.1', taken))
  const warnings = second.lines().filter(({ level }) => level === 40)
  t.match(warnings, [
    { msg: /^the AdminServer does not answer, and the server goes on: port \d+ on 127\.0\.0\.1 is in use/ },
  ])
  t.equal(warnings.length, 1)
  const client = await connect(`127.0.0.1:${second.port}`)
  t.equal(await client.create('/served'), '/served')
  await client.close()
})

t.test('check-config shows where a server could be watched', async t => {
  const { cwd, file } = zooCfg(t, 'admin.serverPort=9090', PROMETHEUS)
  const child = launch(cwd, 'check-config', file)
  const out = await text(child.stdout!)
  t.match(out, /\* admin\.serverPort +9090 +8080 +\S+zoo\.cfg:4\n/)
  t.match(out, / admin\.serverAddress +0\.0\.0\.0 +default\n/)
  t.match(out, / metricsProvider\.httpPort +7000 +default\n/)
})

t.test('check-config names the key of an option that the AdminServer does not take', async t => {
  const { cwd, file } = zooCfg(t, 'admin.commandURL=commands')
  const child = launch(cwd, 'check-config', file)
  t.match(await text(child.stderr!), /zoo\.cfg:4: admin\.commandURL: .*expected a path such as \/commands/)
})

t.test('plugins lists what watches a server', async t => {
  const { cwd } = zooCfg(t)
  const child = launch(cwd, 'plugins', '--json')
  const plugins = JSON.parse(await text(child.stdout!)) as { use: string; seams?: string[] }[]
  const uses = plugins.map(({ use }) => use)
  t.ok(uses.includes('@menagerie/admin-http'))
  t.ok(uses.includes('@menagerie/platform-node/audit-file'))
})
