import { type ChildProcess, spawn } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Member, writeConfig } from './configs.js'
import { Connection } from './connection.js'
import { getDataFrame } from './frames.js'
import { isMenagerie, NATS_SERVER, partsOf, type ServerKind } from './kinds.js'

const APACHE_JAR = '/usr/share/java/zookeeper.jar'
const APACHE_CONF = '/etc/zookeeper/conf'
const MENAGERIE = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))
const FAKE = fileURLToPath(new URL('./fake-server.js', import.meta.url))
/** The resolution of the times from start to first answer: before the server listens, and once it does. */
const REFUSED_PAUSE_MS = 3
const UNANSWERED_PAUSE_MS = 20
const START_DEADLINE_MS = 180_000
const STOP_DEADLINE_MS = 20_000

export interface LaunchOptions {
  kind: ServerKind
  /** Everything that the server writes goes below it; an existing directory is a restart. */
  dir: string
  /** Transactions between snapshots; the server's default without it. */
  snapCount?: number
  /** Apache's -Xmx in MiB; the JVM's own choice at 0. */
  heapMiB: number
  /** Processors the server may use, as taskset takes them; all without it. */
  cpus?: string
  /** Where Menagerie leaves a processor profile when it stops; none without it. */
  profileDir?: string
  /** Its place in an ensemble; alone without it. */
  member?: Member
}

/** Why a kind cannot be measured here; null when it can. */
export function missing(kind: ServerKind): string | null {
  if (kind === 'apache' && !existsSync(APACHE_JAR)) {
    return `Apache ZooKeeper is not installed (${APACHE_JAR} is missing): apt-get install zookeeper`
  }
  if (isMenagerie(kind) && !existsSync(MENAGERIE)) return `Menagerie's command is missing: ${MENAGERIE}`
  if (partsOf(kind)?.transport === 'nats' && !existsSync(NATS_SERVER)) {
    return `NATS is not installed (${NATS_SERVER} is missing): apt-get install nats-server`
  }
  return null
}

/** Processes that still run, so that an interrupted benchmark leaves none behind. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A server that has answered its first request. */
export class Server {
  private constructor(
    readonly kind: ServerKind,
    readonly port: number,
    readonly dir: string,
    private readonly child: ChildProcess,
    /** Milliseconds from starting the process to the reply to the first request. */
    readonly startMs: number,
  ) {}

  get pid(): number {
    return this.child.pid as number
  }

  /** Starts a server and resolves when it has answered a getData. */
  static async launch(options: LaunchOptions): Promise<Server> {
    const port = options.member?.port ?? (await freePort())
    const [command, ...args] = commandLine(options, port)
    const output = openSync(join(options.dir, 'output.log'), 'a')
    const since = performance.now()
    const child = spawn(command, args, { cwd: options.dir, stdio: ['ignore', output, output] })
    running.add(child)
    child.once('exit', () => running.delete(child))
    await firstAnswer(child, port, options)
    return new Server(options.kind, port, options.dir, child, performance.now() - since)
  }

  /** Sends the signal and resolves once the process is gone; one that does not go is killed, and that is an error. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = new Promise<boolean>(resolve => this.child.once('exit', () => resolve(true)))
    this.child.kill(signal)
    const ended = await Promise.race([exited, delay(STOP_DEADLINE_MS, false, { ref: false })])
    if (ended) return
    this.child.kill('SIGKILL')
    await exited
    throw new Error(`the server did not end within ${STOP_DEADLINE_MS / 1000} s of ${signal}`)
  }

  /** Names of the snapshot files that the server has written or is writing. */
  snapshots(): string[] {
    const files = readdirSync(join(this.dir, 'data', 'version-2'))
    return files.filter(name => name.includes('snapshot'))
  }
}

function commandLine(options: LaunchOptions, port: number): string[] {
  const pinned = options.cpus === undefined ? [] : ['taskset', '-c', options.cpus]
  if (options.kind === 'fake') return [...pinned, process.execPath, FAKE, String(port)]
  const config = writeConfig(options, port)
  if (options.kind === 'apache') return [...pinned, 'java', ...javaArguments(options), config]
  const profile = options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]
  return [...pinned, process.execPath, ...profile, MENAGERIE, 'start', config]
}

/** What Debian's zkServer.sh passes, with the heap of Apache's own zkEnv.sh. */
function javaArguments({ dir, heapMiB }: LaunchOptions): string[] {
  return [
    `-Dzookeeper.log.dir=${dir}`,
    '-Dzookeeper.log.file=zookeeper.log',
    '-XX:+HeapDumpOnOutOfMemoryError',
    '-XX:OnOutOfMemoryError=kill -9 %p',
    ...(heapMiB > 0 ? [`-Xmx${heapMiB}m`] : []),
    '-Dcom.sun.management.jmxremote',
    '-Dcom.sun.management.jmxremote.local.only=true',
    '-cp',
    `${APACHE_CONF}:${APACHE_JAR}`,
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
  ]
}

/** Resolves when the server has answered a request. */
async function firstAnswer(child: ChildProcess, port: number, { kind, dir }: LaunchOptions): Promise<void> {
  let spawnError: Error | null = null
  child.once('error', error => {
    spawnError = error
  })
  const deadline = performance.now() + START_DEADLINE_MS
  while (!(await attempts(port))) {
    if (spawnError !== null) throw spawnError
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${kind} ended while starting:\n${lastLines(join(dir, 'output.log'))}`)
    }
    if (performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${kind} served nothing within ${START_DEADLINE_MS / 1000} s of its start`)
    }
  }
}

/**
 * Asks again and again for up to a second; true as soon as there is an answer. An attempt does not wait for the one
 * before it: Apache's server accepts connections before it can serve, and leaves some of those without any reply.
 */
async function attempts(port: number): Promise<boolean> {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  const until = performance.now() + 1000
  let answered = false
  const answer = () => {
    answered = true
  }
  while (!answered && performance.now() < until) {
    const settled = attempt(port, ending.signal).then(answer, () => delay(REFUSED_PAUSE_MS))
    await Promise.race([settled, delay(UNANSWERED_PAUSE_MS)])
  }
  ending.abort()
  return answered
}

async function attempt(port: number, signal: AbortSignal): Promise<void> {
  const connection = await Connection.open(port, signal)
  const err = await connection.call(getDataFrame('/'))
  if (err !== 0) throw new Error(`getData was answered err ${err}`)
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
