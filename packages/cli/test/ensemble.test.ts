import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const launcher = fileURLToPath(new URL('../bin/menagerie.js', import.meta.url))

/** The first of `count` ports in a row that are free just now. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await listen(0)
    const { port } = first.address() as AddressInfo
    const rest = await Promise.allSettled(Array.from({ length: count - 1 }, (_, n) => listen(port + n + 1)))
    const open = [first, ...rest.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))]
    for (const server of open) await new Promise(closed => server.close(closed))
    if (open.length === count) return port
  }
}

async function listen(port: number) {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function mode(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('srvr')
  const answer = await text(socket).catch(() => '')
  return /^Mode: (.*)$/m.exec(answer)?.[1]
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(again => setTimeout(again, 20))
  }
}

// Many processes are started, on machines that may be busy.
t.setTimeout(120_000)

t.test('menagerie ensemble', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'menagerie-ensemble-'))
  const [port, quorum, election] = [await freePorts(3), await freePorts(3), await freePorts(3)]
  const args = ['--dir', dir, '--port', port, '--quorum-port', quorum, '--election-port', election].map(String)
  const child: ChildProcess = spawn(process.execPath, [launcher, 'ensemble', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell makes one: Ctrl-C reaches every process in it.
    detached: true,
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exit
    rmSync(dir, { recursive: true })
  })
  const exit = once(child, 'exit')
  let said = ''
  child.stderr!.on('data', chunk => {
    said += chunk
  })
  const modes = () => Promise.all([0, 1, 2].map(n => mode(port + n)))

  t.test('elects a leader that the others follow, and says where clients go', async t => {
    const found = await until(async () => {
      const now = await modes()
      return now.includes('leader') && now.every(one => one === 'leader' || one === 'follower') ? now : undefined
    })
    t.strictSame([...found].sort(), ['follower', 'follower', 'leader'])
    t.match(said, `zkCli.sh -server 127.0.0.1:${port},127.0.0.1:${port + 1},127.0.0.1:${port + 2}`)
    t.match(readFileSync(join(dir, '2.cfg'), 'utf8'), /^admin\.serverAddress=127\.0\.0\.1\nadmin\.serverPort=8081$/m)
    t.match(readFileSync(join(dir, '2.cfg'), 'utf8'), /^server\.3=127\.0\.0\.1:\d+:\d+$/m)
  })

  t.test('goes on when the leader is killed, and tells how to start it again', async t => {
    const leader = (await modes()).indexOf('leader')
    const pid = new RegExp(`server ${leader + 1} .* process (\\d+)`).exec(said)?.[1]
    process.kill(Number(pid), 'SIGKILL')
    const next = await until(async () => {
      const now = await modes()
      const rest = now.filter((_, index) => index !== leader)
      return now[leader] === undefined && rest.includes('leader') && rest.includes('follower') ? rest : undefined
    })
    t.strictSame([...next].sort(), ['follower', 'leader'])
    // As whoever runs npm would type it, as this test's runner may.
    const command = process.env['npm_command'] === undefined ? 'menagerie' : 'npx menagerie'
    t.match(said, `server ${leader + 1} has ended by SIGKILL; to start it again: ${command} start`)
  })

  t.test('stops all of them in order on Ctrl-C, which every process of the group receives', async t => {
    const before = said.length
    process.kill(-child.pid!, 'SIGINT')
    t.strictSame(await exit, [0, null])
    t.strictSame(await modes(), [undefined, undefined, undefined])
    t.equal(said.slice(before).match(/stopping; a second signal stops at once/g)?.length, 2)
    t.notMatch(said.slice(before), 'has ended')
  })
})

t.test('servers end in order with the command, however it ends', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'menagerie-ensemble-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const [port, quorum, election] = [await freePorts(1), await freePorts(1), await freePorts(1)]
  const args = ['--size', 1, '--dir', dir, '--port', port, '--quorum-port', quorum, '--election-port', election]
  const child = spawn(process.execPath, [launcher, 'ensemble', ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(child, 'exit')
  await until(() => mode(port))
  child.kill('SIGKILL')
  t.strictSame(await exit, [null, 'SIGKILL'])
  await until(async () => ((await mode(port)) === undefined ? true : undefined))
})

t.test('what cannot become an ensemble starts nothing, with a sentence', async t => {
  const cwd = mkdtempSync(join(tmpdir(), 'menagerie-ensemble-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  const list = 'ensemble: { 1: { host: a, peer: 1, election: 2 }, 2: { host: b, peer: 1, election: 2 } }'
  const member = (id: number, port: number) =>
    `server: { id: ${id}, clients: { listen: "127.0.0.1:${port}" } }\n${list}\n`
  writeFileSync(join(cwd, '1.yaml'), member(1, 2181))
  writeFileSync(join(cwd, 'again.yaml'), member(1, 2182))
  writeFileSync(join(cwd, '2.yaml'), member(2, 2181))
  writeFileSync(join(cwd, 'alone.yaml'), 'server: {}\n')
  const first = join(cwd, '1.yaml')
  const cases: [args: string[], err: RegExp][] = [
    [['nowhere.yaml', 'neither.yaml'], /^menagerie: there is no file (nowhere|neither)\.yaml\n$/],
    [
      ['1.yaml', 'again.yaml'],
      new RegExp(`^menagerie: again\\.yaml: is server 1, and so is ${first}; each needs an id`),
    ],
    [['1.yaml', '2.yaml'], new RegExp(`^menagerie: 2\\.yaml: takes clients on 127.0.0.1:2181, and so does ${first};`)],
    [
      ['1.yaml', 'alone.yaml'],
      /^menagerie: alone\.yaml: is for a server alone; expected the list of servers, below ensemble/,
    ],
    [['--port', '65534'], /^menagerie: --port 65534: 3 servers need as many ports, up to 65536; there are 65535\n$/],
    [
      ['--port', '2889'],
      /^menagerie: --quorum-port 2888 and --port 2889: 3 servers need as many ports from each, and these/,
    ],
    [['--size', '0'], /Expected 1 to 31/],
  ]
  for (const [args, expected] of cases) {
    const child = spawn(process.execPath, [launcher, 'ensemble', ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
    const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
    t.equal(code, args[0] === '--size' ? 2 : 1)
    t.match(err, expected)
    t.notMatch(err, 'An ensemble of')
  }
  t.notOk(existsSync(join(cwd, 'data')))
})

t.test('an ensemble of another size is not made of the data that is there', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'menagerie-ensemble-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  for (const id of [1, 2, 3]) writeFileSync(join(dir, `${id}.cfg`), 'clientPort=1\n')
  const args = [launcher, 'ensemble', '--size', '5', '--dir', dir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
  t.equal(code, 1)
  t.match(err, `${dir} holds an ensemble of 3`)
  t.match(err, '"--size 3" goes on with it')
  t.strictSame(readdirSync(dir).sort(), ['1.cfg', '2.cfg', '3.cfg'], 'nothing is written')
})
