/**
 * `menagerie ensemble`: several servers of one ensemble on this machine, for trying it out; each from a file that is
 * given, or from a zoo.cfg that is written for it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { ConfigError, MenagerieError } from '@menagerie/core'
import { loadConfig } from '../config/load.js'
import { describeFailure } from '../failure.js'
import type { CommandIo } from '../io.js'
import { createSystemSignals, type Signals } from '../signals.js'

/** Of the first server's AdminServer; the others take the next ports. It may be in use: then there is none. */
const ADMIN_PORT = 8080

export interface EnsembleOptions {
  /** A configuration for each server; with none, {@link size} servers are made up below {@link dir}. */
  readonly files?: readonly string[]
  readonly size: number
  readonly dir: string
  /** Clients reach the first server here, the next one at the next port, and so on. */
  readonly port: number
  readonly quorumPort: number
  readonly electionPort: number
}

/** Starts `menagerie start FILE` in a process of its own, which ends with its IPC channel, if it has one. */
export type StartMember = (file: string) => ChildProcess

interface Member {
  readonly id: number
  /** Where clients reach it. */
  readonly address: string
  readonly file: string
}

/** Resolves with the exit code once every server has ended. */
export async function ensemble(
  options: EnsembleOptions,
  io: CommandIo,
  startMember: StartMember = spawnMember,
  signals: Signals = createSystemSignals(),
): Promise<number> {
  try {
    const { files = [] } = options
    const members = files.length > 0 ? await readMembers(files) : writeMembers(options)
    const running = members.map(member => ({ member, child: startMember(member.file) }))
    for (const { member, child } of running) relay(member, child, io)
    announce(running, options, io)
    let stopping = false
    const ended = Promise.all(running.map(({ member, child }) => untilEnded(member, child, io, () => stopping)))
    const stop = signals.first.then(() => {
      stopping = true
    })
    const codes = await Promise.race([ended, stop])
    if (codes) return Math.max(...codes)
    for (const { child } of running) tellToEnd(child)
    await ended
    return 0
  } catch (error) {
    io.err(describeFailure(error, false))
    return 1
  } finally {
    signals.release()
  }
}

/** Servers as their files have them. @throws ConfigError, also for files of servers that do not go together */
async function readMembers(files: readonly string[]): Promise<Member[]> {
  const members = await Promise.all(
    files.map(async file => {
      const { settings, ensemble, clients } = await loadConfig(file)
      if (!ensemble?.distributed && files.length > 1) {
        const message = 'is for a server alone; expected the list of servers, below ensemble or as server.N='
        throw new ConfigError([{ file, message }])
      }
      const { host = '127.0.0.1', port } = clients.listen?.[0] ?? clients.secureListen?.[0] ?? { port: 2181 }
      return { id: ensemble?.myId ?? (settings.serverId || 1), address: `${host}:${port}`, file: resolve(file) }
    }),
  )
  const problems = members.flatMap((member, index) => {
    const other = members
      .slice(0, index)
      .find(({ id, address }) => id === member.id || (address === member.address && !address.endsWith(':0')))
    if (other === undefined) return []
    const message =
      other.id === member.id
        ? `is server ${member.id}, and so is ${other.file}; each needs an id of its own`
        : `takes clients on ${member.address}, and so does ${other.file}; each needs an address of its own`
    return [{ file: files[index], message }]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return members
}

/** @throws CONFIG_INVALID where there are not as many ports, or one would be taken twice */
function checkPorts({ size, port, quorumPort, electionPort }: EnsembleOptions): void {
  const ranges = Object.entries({ port, 'quorum-port': quorumPort, 'election-port': electionPort })
  for (const [index, [name, first]] of ranges.entries()) {
    const last = first + size - 1
    if (last > 65535) {
      throw new MenagerieError(
        'CONFIG_INVALID',
        `--${name} ${first}: ${size} servers need as many ports, up to ${last}; there are 65535`,
      )
    }
    const other = ranges.slice(0, index).find(([, start]) => start <= last && first <= start + size - 1)
    if (other === undefined) continue
    const message = `--${name} ${first} and --${other[0]} ${other[1]}: ${size} servers need as many ports from each, and these overlap`
    throw new MenagerieError('CONFIG_INVALID', message)
  }
}

/** A folder with configuration and data for each server; what is there from an earlier run stays in use. */
function writeMembers({ size, dir, port, quorumPort, electionPort }: EnsembleOptions): Member[] {
  checkPorts({ size, dir, port, quorumPort, electionPort })
  const root = resolve(dir)
  const before = sizeOf(root)
  if (before > 0 && before !== size) throw differentSize(root, before, size)
  const servers = Array.from({ length: size }, (_, index) => index + 1)
  const list = servers.map(id => `server.${id}=127.0.0.1:${quorumPort + id - 1}:${electionPort + id - 1}`)
  return servers.map(id => {
    const data = join(root, String(id))
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'myid'), `${id}\n`)
    const file = join(root, `${id}.cfg`)
    const lines = [
      'tickTime=2000',
      'initLimit=10',
      'syncLimit=5',
      `dataDir=${data}`,
      `clientPort=${port + id - 1}`,
      'clientPortAddress=127.0.0.1',
      '4lw.commands.whitelist=*',
      'admin.serverAddress=127.0.0.1',
      `admin.serverPort=${ADMIN_PORT + id - 1}`,
      // A list of one would be a standalone server.
      ...(size === 1 ? ['standaloneEnabled=false'] : []),
      ...list,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    return { id, address: `127.0.0.1:${port + id - 1}`, file }
  })
}

/** How many servers an earlier run has left here. */
function sizeOf(root: string): number {
  return existsSync(root) ? readdirSync(root).filter(name => /^\d+\.cfg$/.test(name)).length : 0
}

/** A quorum of another size may have none of the servers that hold the last writes. */
function differentSize(root: string, before: number, size: number): MenagerieError {
  const ways = `"--size ${before}" goes on with it, "--dir" with another folder begins a new one`
  return new MenagerieError(
    'CONFIG_INVALID',
    `${root} holds an ensemble of ${before}, which cannot become one of ${size} by a restart without a risk to its data: ${ways}`,
  )
}

function spawnMember(file: string): ChildProcess {
  const args = [process.argv[1]!, 'start', file, '--with-starter']
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
}

/** No signal where there is another way: Ctrl-C has reached the server already, and a second one ends it at once. */
function tellToEnd(child: ChildProcess): void {
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
}

/** What a server says, line by line with its number in front. */
function relay({ id }: Member, child: ChildProcess, io: CommandIo): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream as Readable }).on('line', line => io.err(`[${id}] ${line}\n`))
  }
}

/** Resolves with the server's exit code, and says that it has ended: nobody but the user may have meant it to. */
async function untilEnded(
  { id, file }: Member,
  child: ChildProcess,
  io: CommandIo,
  isStopping: () => boolean,
): Promise<number> {
  return new Promise(done => {
    child.once('error', error => {
      io.err(`menagerie: server ${id} could not be started: ${error.message}\n`)
      done(1)
    })
    child.once('exit', (code, signal) => {
      const how = signal === null ? `with code ${code}` : `by ${signal}`
      const asked = isStopping()
      if (!asked) io.err(`menagerie: server ${id} has ended ${how}; to start it again: ${command(io)} start ${file}\n`)
      else if (code !== 0) io.err(`menagerie: server ${id} has ended ${how}\n`)
      done(code ?? 1)
    })
  })
}

/** As its user has called it: under npm it is on no path. */
const command = ({ env }: CommandIo) => (env['npm_command'] === undefined ? 'menagerie' : 'npx menagerie')

function announce(
  running: readonly { readonly member: Member; readonly child: ChildProcess }[],
  { files = [], dir }: EnsembleOptions,
  io: CommandIo,
): void {
  const place = files.length > 0 ? '' : `, its files in ${resolve(dir)}`
  io.err(`An ensemble of ${running.length} servers${place}\n`)
  for (const { member, child } of running) {
    io.err(`  server ${member.id}  clients on ${member.address}  process ${child.pid ?? '-'}\n`)
  }
  const addresses = running.map(({ member }) => member.address).join(',')
  io.err(`  connect   zkCli.sh -server ${addresses}\n`)
  io.err('  try       kill -9 one of the processes; Ctrl-C stops all of them\n')
}
