import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnsembleServer, type ServerKind } from './ensemble-server.js'
import { freePort } from './ports.js'
import { zooCfg } from './server-under-test.js'
import { removeDir, tempDir } from './temp-dir.js'

export interface EnsembleOptions {
  /** Lines of every server's zoo.cfg over the defaults. */
  readonly config?: Record<string, string | number | boolean>
  /** More of them for one server each. */
  readonly configOf?: (id: number) => Record<string, string | number | boolean>
  /** Ids of servers without a vote. */
  readonly observers?: readonly number[]
  /** Ids of servers that the others do not know of yet: only their own zoo.cfg names them. */
  readonly joining?: readonly number[]
}

/**
 * An ensemble of processes on loopback, each Menagerie's or Apache's, from zoo.cfg files that do not say which. Server
 * ids begin with 1. Use `await using`: at its end every process is ended and every directory removed.
 */
export class Ensemble implements AsyncDisposable {
  private constructor(
    private readonly home: string,
    readonly servers: readonly EnsembleServer[],
  ) {}

  /** Writes configurations and starts nothing. */
  static async create(kinds: readonly ServerKind[], options: EnsembleOptions = {}): Promise<Ensemble> {
    const home = tempDir('ensemble')
    const ports = await distinctPorts(3 * kinds.length)
    const members = kinds.map((_, index) => {
      const [, quorum, election] = ports.slice(3 * index)
      const observer = options.observers?.includes(index + 1) === true ? ':observer' : ''
      return [`server.${index + 1}`, `127.0.0.1:${quorum}:${election}${observer}`]
    })
    const servers = kinds.map((kind, index) => {
      const id = index + 1
      const dataDir = join(home, `data${id}`)
      const port = ports[3 * index]
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, 'myid'), `${id}\n`)
      const known = members.filter((_, at) => at === index || options.joining?.includes(at + 1) !== true)
      const config = { initLimit: 10, syncLimit: 5, ...Object.fromEntries(known), ...options.config }
      const role = options.observers?.includes(id) === true ? { peerType: 'observer' } : {}
      const configFile = join(home, `zoo${id}.cfg`)
      writeFileSync(configFile, zooCfg(port, dataDir, { ...config, ...role, ...options.configOf?.(id) }))
      return new EnsembleServer(
        { id, port, dataDir, configFile, quorumPort: ports[3 * index + 1], electionPort: ports[3 * index + 2] },
        kind,
      )
    })
    return new Ensemble(home, servers)
  }

  /** Creates one, starts all of its servers at once, and waits until all serve. */
  static async start(kinds: readonly ServerKind[], options: EnsembleOptions = {}): Promise<Ensemble> {
    const ensemble = await Ensemble.create(kinds, options)
    try {
      for (const server of ensemble.servers) server.start()
      await ensemble.untilServing()
    } catch (error) {
      await ensemble[Symbol.asyncDispose]()
      throw error
    }
    return ensemble
  }

  /** host:port of every server, for clients. */
  get connectString(): string {
    return this.servers.map(({ address }) => address).join()
  }

  server(id: number): EnsembleServer {
    return this.servers[id - 1]
  }

  /** Resolves once these servers serve; without any given, all that run. */
  async untilServing(
    servers: readonly EnsembleServer[] = this.servers.filter(({ running }) => running),
  ): Promise<void> {
    for (const server of servers) await server.untilServing()
  }

  /** The server that leads; waits until there is exactly one. */
  async leader(): Promise<EnsembleServer> {
    const deadline = Date.now() + 60_000
    for (;;) {
      const modes = await Promise.all(this.servers.map(server => server.mode()))
      const leaders = this.servers.filter((_, index) => modes[index] === 'leader')
      if (leaders.length === 1) return leaders[0]
      if (Date.now() > deadline) throw new Error(`no single leader; the modes are ${modes.join()}\n${this.output}`)
      await delay(50)
    }
  }

  /** The servers that run and do not lead, in the order of their ids. */
  async followers(): Promise<EnsembleServer[]> {
    const leader = await this.leader()
    return this.servers.filter(server => server !== leader && server.running)
  }

  /** What the processes have said, for failing tests. */
  get output(): string {
    return this.servers.map(({ id, kind, output }) => `--- server ${id}, ${kind}\n${output}`).join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map(server => server.kill9()))
    removeDir(this.home)
  }
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
