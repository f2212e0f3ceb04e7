import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnsembleServer } from '../../support/ensemble-server.js'
import { freePort } from '../../support/ports.js'
import { removeDir, tempDir } from '../../support/temp-dir.js'
import { type Parts, pluginsOf } from './parts.js'

const SIZE = 3

/** super:test, which reads every znode. */
const SUPER_DIGEST = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='

/** Three servers in processes of their own, each from a YAML file that says what it is made of. Use `await using`. */
export class PartsEnsemble implements AsyncDisposable {
  readonly servers: readonly EnsembleServer[]

  private constructor(
    private readonly home: string,
    private readonly ports: readonly number[],
    private readonly natsUrl: string | undefined,
  ) {
    this.servers = Array.from({ length: SIZE }, (_, index) => {
      const [port, quorumPort, electionPort] = ports.slice(3 * index)
      const dataDir = join(home, String(index + 1))
      mkdirSync(dataDir)
      const configFile = join(home, `${index + 1}.yaml`)
      return new EnsembleServer({ id: index + 1, port, quorumPort, electionPort, dataDir, configFile }, 'menagerie')
    })
  }

  /** Starts three servers of the same parts, and waits until all serve. */
  static async start(parts: Parts, natsUrl?: string): Promise<PartsEnsemble> {
    const ensemble = new PartsEnsemble(tempDir('parts'), await distinctPorts(3 * SIZE), natsUrl)
    try {
      for (const server of ensemble.servers) {
        ensemble.assemble(server, parts)
        server.start()
      }
      await ensemble.untilServing()
    } catch (error) {
      await ensemble[Symbol.asyncDispose]()
      throw error
    }
    return ensemble
  }

  /** Writes what the server is made of from its next start on. */
  assemble(server: EnsembleServer, parts: Parts): void {
    const { id, port, dataDir, configFile } = server.place
    const members = Array.from({ length: SIZE }, (_, index) => {
      const [, peer, election] = this.ports.slice(3 * index)
      return [index + 1, { host: '127.0.0.1', peer, election }]
    })
    const settings = { tickTimeMs: 1000, fourLetterWords: ['*'], superDigest: SUPER_DIGEST, snapCount: 500 }
    const config = {
      server: { id, clients: { listen: `127.0.0.1:${port}` }, ...settings },
      ensemble: Object.fromEntries(members),
      plugins: pluginsOf(parts, dataDir, this.natsUrl),
    }
    // JSON is YAML.
    writeFileSync(configFile, JSON.stringify(config, null, 2))
  }

  /** A connect string for each server: itself first, then the others. */
  get connectStrings(): string[] {
    return this.servers.map((_, at) =>
      [...this.servers.slice(at), ...this.servers.slice(0, at)].map(({ address }) => address).join(),
    )
  }

  /** Resolves once every server that runs serves. */
  async untilServing(): Promise<void> {
    for (const server of this.servers) if (server.running) await server.untilServing()
  }

  /** The one server that leads; waits until there is one. */
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

  /** What the processes have said, for failing tests. */
  get output(): string {
    return this.servers.map(({ id, output }) => `--- server ${id}\n${output}`).join('\n')
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
