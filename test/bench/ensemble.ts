/** Three servers of one kind as an ensemble, each with a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Member } from './configs.js'
import { NATS_SERVER, partsOf } from './kinds.js'
import { residentMiB } from './process-stats.js'
import { freePort, type LaunchOptions, Server } from './servers.js'

const SIZE = 3

export class Ensemble {
  private constructor(
    private readonly options: LaunchOptions,
    private readonly places: readonly Member[],
    readonly servers: Server[],
    private readonly nats: ChildProcess | undefined,
  ) {}

  /** Starts all three, and a NATS server where they meet there; resolves when each has answered a request. */
  static async launch(options: LaunchOptions): Promise<Ensemble> {
    const peers = []
    for (let i = 0; i < SIZE; i++) peers.push({ quorumPort: await freePort(), electionPort: await freePort() })
    const natsPort = partsOf(options.kind)?.transport === 'nats' ? await freePort() : undefined
    const nats = natsPort === undefined ? undefined : await startNats(natsPort)
    const natsUrl = natsPort === undefined ? undefined : `nats://127.0.0.1:${natsPort}`
    const places: Member[] = []
    for (let id = 1; id <= SIZE; id++) places.push({ id, port: await freePort(), peers, natsUrl })
    const ensemble = new Ensemble(options, places, [], nats)
    const launched = await Promise.allSettled(places.map(place => ensemble.launchMember(place)))
    for (const one of launched) if (one.status === 'fulfilled') ensemble.servers.push(one.value)
    const failed = launched.find(one => one.status === 'rejected')
    if (failed !== undefined) {
      await ensemble.stop('SIGKILL')
      throw failed.reason
    }
    return ensemble
  }

  private async launchMember(member: Member): Promise<Server> {
    const dir = join(this.options.dir, String(member.id))
    mkdirSync(dir, { recursive: true })
    return Server.launch({ ...this.options, dir, member })
  }

  get ports(): number[] {
    return this.servers.map(({ port }) => port)
  }

  /** Of all servers, and of the one where they meet: its work is part of the transport's price. */
  get pids(): number[] {
    const pids = this.servers.map(({ pid }) => pid)
    return this.nats?.pid === undefined ? pids : [...pids, this.nats.pid]
  }

  /** Of the servers together. */
  residentMiB(): number {
    return this.servers.reduce((sum, { pid }) => sum + residentMiB(pid), 0)
  }

  /** The index of a server that follows. */
  async follower(): Promise<number> {
    for (const [index, { port }] of this.servers.entries()) {
      if (/^Mode: follower$/m.test(await ask(port, 'srvr'))) return index
    }
    throw new Error('no server follows')
  }

  /** Ends one server as a power cut would. */
  async kill(index: number): Promise<void> {
    await this.servers[index].stop('SIGKILL')
  }

  /** Deletes what a server that was killed has stored. It holds this process up, so not while a load is timed. */
  erase(index: number): void {
    rmSync(join(this.servers[index].dir, 'data'), { recursive: true })
  }

  /**
   * Starts it again. A server answers once it has what its leader has, so the milliseconds to the first answer are those
   * of catching up, the start of the process included.
   */
  async restart(index: number): Promise<number> {
    const server = await this.launchMember(this.places[index])
    this.servers[index] = server
    return server.startMs
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await Promise.all(this.servers.map(server => server.stop(signal)))
    } finally {
      this.nats?.kill('SIGKILL')
    }
  }
}

async function startNats(port: number): Promise<ChildProcess> {
  const child = spawn(NATS_SERVER, ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.removeListener('exit', end))
  while ((await ask(port, '')) === '') {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`)
    await delay(20)
  }
  return child
}

/** Sends a word and gives what comes back first; empty where nobody listens. */
function ask(port: number, word: string): Promise<string> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(word))
    socket.once('error', () => resolve(''))
    socket.once('data', text => {
      socket.destroy()
      resolve(String(text))
    })
  })
}
