import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'nats'

const BINARY = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(path =>
  existsSync(path),
)

export interface NatsServer {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Ends the process at once. */
  kill(): Promise<void>
  /** Stops the process without ending it: sockets stay, nothing moves. */
  freeze(): void
  thaw(): void
}

/** Starts a nats-server with lines of its own configuration and waits until it takes clients. */
export async function startNats(config = '', port?: number): Promise<NatsServer> {
  if (BINARY === undefined) throw new Error('nats-server is not installed: node scripts/install-test-tools.mjs')
  const taken = port ?? (await freePort())
  const dir = await mkdtemp(join(tmpdir(), 'menagerie-nats-'))
  const file = join(dir, 'nats.conf')
  await writeFile(file, `host: 127.0.0.1\nport: ${taken}\n${config}\n`)
  const child = spawn(BINARY, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  await ready(child)
  return {
    port: taken,
    url: `nats://127.0.0.1:${taken}`,
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

/**
 * Three nodes with routes to each other, once messages pass between them all.
 * @param config more lines for each
 * @param login what they ask of clients
 */
export async function startCluster(config = '', login: { user?: string; pass?: string } = {}): Promise<NatsServer[]> {
  const routes = [await freePort(), await freePort(), await freePort()]
  const urls = routes.map(port => `nats-route://127.0.0.1:${port}`).join(', ')
  const nodes = await Promise.all(
    routes.map((port, index) =>
      startNats(
        `server_name: n${index}\ncluster { name: test, host: 127.0.0.1, port: ${port}, no_advertise: true, routes: [${urls}] }\n${config}`,
      ),
    ),
  )
  await routed(nodes, login)
  return nodes
}

/**
 * A message from each node has come to each other one. Nodes tell each other of subscriptions in order, a moment later: all
 * that were made before are known everywhere by then.
 */
export async function routed(nodes: readonly NatsServer[], login: object = {}): Promise<void> {
  const subject = `ready.${process.pid}.${performance.now()}`.replaceAll('.', '-')
  const clients = await Promise.all(nodes.map(({ url }) => connect({ servers: url, noEcho: true, ...login })))
  for (const [index, client] of clients.entries())
    client.subscribe(`${subject}.${index}`, { callback: (_e, m) => m.respond() })
  for (const [from, client] of clients.entries()) {
    for (const to of nodes.keys()) {
      if (from === to) continue
      while (
        !(await client.request(`${subject}.${to}`, '', { timeout: 1000 }).then(
          () => true,
          () => false,
        ))
      );
    }
  }
  for (const client of clients) await client.close()
}

/** nats-server says on stderr that it is ready; what it said before explains why it does not come up. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`nats-server ended with ${code}: ${said}`)))
    child.stderr!.on('data', chunk => {
      said += String(chunk)
      if (said.includes('Server is ready')) resolve()
    })
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

export async function fileOf(contents: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'menagerie-nats-file-'))
  const path = join(dir, 'file')
  await writeFile(path, contents)
  return path
}
